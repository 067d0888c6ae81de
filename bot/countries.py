"""The country of phone numbers written without a `+`. Pure: no I/O."""

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

NOT_A_COUNTRY = "must be a country: two letters like DE, or its dialing code like +49"
"""What is wrong with a setting or an argument."""


def region_of(typed: str) -> str | None:
    """Return a country's two letters, also by dialing code; "" for none, None for an unknown country."""
    text = typed.strip().upper().removeprefix("+").removeprefix("00")
    if text.isdecimal():
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(text), ("001",))
        return None if regions[0] == "001" else str(regions[0])
    text = "GB" if text == "UK" else text
    return text if not text or text in SUPPORTED_REGIONS else None

"""What the bot listens to in Slack, and what is checked before each listener runs.

Some listeners skip the permission check on purpose: a form is checked along with the channel chosen in it,
the Home tab itself tells people that they have no access, and a link only has to be acknowledged.
"""

from slack_bolt.async_app import AsyncApp

from bot.access.permission import Permission
from bot.browsing.home import HOME_OPENED, HomeTab
from bot.browsing.lists import Browsing
from bot.browsing.posting import Posting
from bot.contactlist import SHORTCUT, ContactListFlow
from bot.contacts.decisions import DECISIONS, Decisions
from bot.contacts.entry_points import EntryPoints
from bot.contacts.flow import ContactsFlow
from bot.views import card, command, details, form, home, importing, preview, progress, rows
from bot.views import contacts as contact_views


def register(  # noqa: PLR0913 - keyword-only, the objects whose methods listen
    app: AsyncApp,
    *,
    permission: Permission,
    flow: ContactListFlow,
    browsing: Browsing,
    home_tab: HomeTab,
    posting: Posting,
    entry_points: EntryPoints,
    contacts: ContactsFlow,
    decisions: Decisions,
) -> None:
    """Register every listener with Bolt."""
    allowed = [permission.check]

    # Creating a list
    app.command(command.COMMAND, middleware=allowed)(flow.typed_command)
    app.shortcut(SHORTCUT, middleware=allowed)(flow.chose_shortcut)
    app.action(home.CREATE, middleware=allowed)(flow.pressed_create)
    app.action(command.HELP_CREATE, middleware=allowed)(flow.pressed_create)
    app.view(form.FORM)(flow.submitted_form)
    app.action(progress.TRY_AGAIN, middleware=allowed)(flow.pressed_try_again)
    app.action(progress.CHECK_AGAIN, middleware=allowed)(flow.pressed_check_again)
    app.action(progress.THATS_IT, middleware=allowed)(flow.pressed_thats_it)

    # Looking at lists
    app.action(command.HELP_LIST, middleware=allowed)(browsing.pressed_list)
    app.action(rows.NEXT, middleware=allowed)(browsing.turned_page)
    app.action(rows.PREVIOUS, middleware=allowed)(browsing.turned_page)
    app.action(rows.MENU, middleware=allowed)(browsing.chose_from_menu)
    app.action(rows.SHOW, middleware=allowed)(browsing.pressed_show)
    app.action(card.SHOW_DETAILS, middleware=allowed)(browsing.pressed_details)
    app.action(card.OPEN_IN_KORE)(browsing.followed_link)
    app.action(details.SHOW_ALL_FIELDS, middleware=allowed)(browsing.pressed_all_fields)
    app.action(details.POST, middleware=allowed)(browsing.pressed_post)
    app.view(details.POST_FORM)(posting.submitted)

    # The Home tab
    app.event(HOME_OPENED)(home_tab.opened_home)
    app.action(home.REFRESH)(home_tab.pressed_refresh)
    app.action(home.SHOW_ALL)(home_tab.pressed_refresh)
    app.action(home.FILTER)(home_tab.entered_filter)
    app.action(home.DISMISS)(home_tab.pressed_dismiss)

    # Filling a list with contacts
    adding = (permission.check, entry_points.check_switched_on)
    submitting = [contacts.check_form]
    app.action(card.ADD_CONTACTS, middleware=adding)(entry_points.pressed_add)
    app.shortcut(contact_views.ADD_FROM_FILE, middleware=adding)(entry_points.chose_shortcut)
    app.view(contact_views.FILE_FORM, middleware=submitting)(contacts.submitted_file)
    app.action(contact_views.CHOOSE_FILE, middleware=adding)(contacts.pressed_choose_file)
    app.action(contact_views.SHOW_PREVIEW, middleware=adding)(contacts.pressed_show_preview)
    app.action(preview.CHANGE_COLUMNS, middleware=adding)(contacts.pressed_change_columns)
    app.view(preview.COLUMNS_FORM, middleware=submitting)(contacts.submitted_columns)
    app.action(preview.SEND_PROBLEMS, middleware=adding)(contacts.pressed_send_problems)
    app.view(preview.PREVIEW_FORM, middleware=submitting)(contacts.submitted_preview)
    for action_id in DECISIONS:
        app.action(action_id, middleware=allowed)(decisions.pressed_decision)
    app.action(importing.STOP_IMPORT, middleware=allowed)(decisions.pressed_stop)

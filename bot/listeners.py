"""What the bot listens to in Slack, and what is asked before each listener runs.

Some are without permission on purpose: a form is checked together with the channel that is chosen in it, the
Home tab itself tells people that they have no access, and a link only has to be acknowledged.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True)
class Listeners:
    """The objects whose methods listen."""

    permission: Permission
    flow: ContactListFlow
    browsing: Browsing
    home_tab: HomeTab
    posting: Posting
    entry_points: EntryPoints
    contacts: ContactsFlow
    decisions: Decisions

    def register(self, app: AsyncApp) -> None:
        """Register every listener."""
        self._create(app)
        self._browse(app)
        self._open_home(app)
        self._add_contacts(app)

    def _create(self, app: AsyncApp) -> None:
        flow, allowed = self.flow, [self.permission.check]
        app.command(command.COMMAND, middleware=allowed)(flow.typed_command)
        app.shortcut(SHORTCUT, middleware=allowed)(flow.chose_shortcut)
        app.action(home.CREATE, middleware=allowed)(flow.pressed_create)
        app.action(command.HELP_CREATE, middleware=allowed)(flow.pressed_create)
        app.view(form.FORM)(flow.submitted_form)
        app.action(progress.TRY_AGAIN, middleware=allowed)(flow.pressed_try_again)
        app.action(progress.CHECK_AGAIN, middleware=allowed)(flow.pressed_check_again)
        app.action(progress.THATS_IT, middleware=allowed)(flow.pressed_thats_it)

    def _browse(self, app: AsyncApp) -> None:
        browsing, allowed = self.browsing, [self.permission.check]
        app.action(command.HELP_LIST, middleware=allowed)(browsing.pressed_list)
        app.action(rows.NEXT, middleware=allowed)(browsing.turned_page)
        app.action(rows.PREVIOUS, middleware=allowed)(browsing.turned_page)
        app.action(rows.MENU, middleware=allowed)(browsing.chose_from_menu)
        app.action(rows.SHOW, middleware=allowed)(browsing.pressed_show)
        app.action(card.SHOW_DETAILS, middleware=allowed)(browsing.pressed_details)
        app.action(card.OPEN_IN_KORE)(browsing.followed_link)
        app.action(details.SHOW_ALL_FIELDS, middleware=allowed)(browsing.pressed_all_fields)
        app.action(details.POST, middleware=allowed)(browsing.pressed_post)
        app.view(details.POST_FORM)(self.posting.submitted)

    def _open_home(self, app: AsyncApp) -> None:
        app.event(HOME_OPENED)(self.home_tab.opened_home)
        app.action(home.REFRESH)(self.home_tab.pressed_refresh)
        app.action(home.SHOW_ALL)(self.home_tab.pressed_refresh)
        app.action(home.FILTER)(self.home_tab.entered_filter)
        app.action(home.DISMISS)(self.home_tab.pressed_dismiss)

    def _add_contacts(self, app: AsyncApp) -> None:
        contacts, allowed = self.contacts, [self.permission.check]
        adding = (self.permission.check, self.entry_points.check_switched_on)
        submitting = [contacts.check_form]
        app.action(card.ADD_CONTACTS, middleware=adding)(self.entry_points.pressed_add)
        app.shortcut(contact_views.ADD_FROM_FILE, middleware=adding)(self.entry_points.chose_shortcut)
        app.view(contact_views.FILE_FORM, middleware=submitting)(contacts.submitted_file)
        app.action(contact_views.CHOOSE_FILE, middleware=adding)(contacts.pressed_choose_file)
        app.action(contact_views.SHOW_PREVIEW, middleware=adding)(contacts.pressed_show_preview)
        app.action(preview.CHANGE_COLUMNS, middleware=adding)(contacts.pressed_change_columns)
        app.view(preview.COLUMNS_FORM, middleware=submitting)(contacts.submitted_columns)
        app.action(preview.SEND_PROBLEMS, middleware=adding)(contacts.pressed_send_problems)
        app.view(preview.PREVIEW_FORM, middleware=submitting)(contacts.submitted_preview)
        for action_id in DECISIONS:
            app.action(action_id, middleware=allowed)(self.decisions.pressed_decision)
        app.action(importing.STOP_IMPORT, middleware=allowed)(self.decisions.pressed_stop)

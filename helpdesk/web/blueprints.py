"""Every page, in one list."""

from helpdesk.web import health
from helpdesk.web.admin import contacts, customers, users
from helpdesk.web.desk import actions, alerts, calendar, inquiries, mails, manuals, search, supervision, tickets, tuning
from helpdesk.web.portal import connection, decisions
from helpdesk.web.portal import manuals as portal_manuals
from helpdesk.web.portal import search as portal_search
from helpdesk.web.portal import tickets as portal_tickets
from helpdesk.web.public import accounts, proofs

PUBLIC = (accounts, proofs, health)
ADMIN = (customers, contacts, users)
DESK = (tickets, inquiries, alerts, actions, mails, search, supervision, manuals, tuning, calendar)
PORTAL = (portal_tickets, decisions, connection, portal_manuals, portal_search)
BLUEPRINTS = [page.blueprint for page in (*PUBLIC, *ADMIN, *DESK, *PORTAL)]

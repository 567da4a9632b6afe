"""`python -m helpdesk` is the `helpdesk` command."""

from helpdesk.commands import main

main()

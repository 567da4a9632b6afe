"""Long runs, `make soak`: kills while mails come in (Q1) and loops of helpdesks and autoresponders. No part of CI."""

"""What the outbox does for Identité."""

from identite.account import reset
from proconnect.platform import outbox

outbox.task(reset.TASK)(reset.send_link)

"""What small numbers can and cannot say."""

from services.compliance.variation import chance
from services.compliance.variation.chance import ChanceVerdict, chance_of

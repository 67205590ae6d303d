"""Commands about alerts: Alertmanager's configuration, and the mails as people get them."""

from echeance.cli.alerting import alert_mails, alertmanager

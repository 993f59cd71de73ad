//! Mails about logins: completed, not finished, bursts, settings (RISK-06, CODE-13).

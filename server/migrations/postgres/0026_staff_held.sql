-- What waits for the staff or for its time, oldest first (TXN-09, decision 43), and what is proposed about one customer.
CREATE INDEX withdrawals_waiting ON withdrawals (id) WHERE state IN ('held', 'second');
CREATE INDEX proposals_subject ON proposals (subject, state, id);

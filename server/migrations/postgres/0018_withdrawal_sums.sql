-- What the policy asks of an account: the sum of its day, what is promised, what waits. Answered from the index alone, so that
-- the answer does not take longer the more withdrawals a customer has made.
CREATE INDEX withdrawals_sums ON withdrawals (account_id, state, approved_at, amount, fee, expires_at);

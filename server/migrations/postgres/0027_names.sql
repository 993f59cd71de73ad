-- Customers by name in the order in which they are shown: a name that thousands have is answered by its first lines alone (STAFF-07).
DROP INDEX accounts_name;
CREATE INDEX accounts_name ON accounts (customer_name, number) WHERE kind = 'customer';

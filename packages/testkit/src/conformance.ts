export { type LedgerUnderTest, ledgerConformance } from './ledger-conformance.js';

/** What the user asked for can't be done as asked: told without a stack, and the exit code is 2. */
export class UsageError extends Error {}

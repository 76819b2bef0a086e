import { COMMAND_RULES, READ_RULES, ROLES, type Role } from './authorityTable.ts';
import { SCOPES } from './directory.ts';

/** docs/authority.md: the authority table as a page. A test prints it and fails when the page says anything else. */
export function authorityPage(): string {
  const commands = Object.entries(COMMAND_RULES).map(([kind, { by, scope }]) => [kind, ...commandMarks(by), scope ?? 'none']);
  const reads = Object.entries(READ_RULES).map(([kind, { by, scope, meaning }]) => [
    kind,
    ...readMarks(by),
    readScope(by, scope),
    meaning,
  ]);
  return `# Who may do what

This page is printed from the table that decides, \`packages/service/src/identity/authorityTable.ts\`; a test fails when the two differ
(\`npx vitest run packages/service/src/identity/authorityPage.test.ts -u\` prints it again). Whatever has no cross is denied. Another test states
every cell a second time by hand, and asks the core about every cell of the commands, so that the two never disagree. The core decides
again, in order, on the state that a command finds. The table asks the last durable block, and leaves to the core what it does not know there:
an account that is not open yet, a source or a venue that is not registered yet.

## Roles

| role | who |
|---|---|
${ROLES.map((role) => `| ${role} | ${ROLE_MEANINGS[role]} |`).join('\n')}

## Commands

${table(['command', ...ROLES, 'scope of a session'], commands)}

- A trade needs a venue, or the owner or a delegate of each side: who is not the actor is named as \`cosigner\` and signs the same bytes.
  Whoever cosigns is the owner or a delegate of a side, and widens nothing for the actor: a venue whose session is bound to accounts reports trades of those alone.
- \`openAccount\` opens an account of the actor's own. A session that is bound to accounts opens none.
- The sibling that \`setProtection\` lets give cash is an account that the command acts for, like the account itself.
- Scope \`none\`: the wallet alone. A session hands out no authority, so it outlives itself in nothing.
- The vault, which owns the accounts of the backstop tranches, is nobody: it has no wallet, and no id that is given later reaches its own.
- Prices that are pushed to a source of the process (\`POST /v1/oracle/sources/{id}/pushes\`) are no command of who sends them: anybody may send
  them, only what a publisher of that source signed counts, and the process reports it as the operator of the source.

## Reading

${table(['what', ...ROLES, 'scope of a session', 'meaning'], reads)}

Reading what is not public takes a request signed by a session (docs/identity.md). \`owner\` of a list is the owner whose list it is; \`owner\` of an
outcome is the actor of the command. A session that is bound to accounts reads those accounts and outcomes, and no lists. An account
that is not open is denied like somebody else's, so that asking tells nothing.

## Scopes

| scope | what a session with it may do |
|---|---|
${Object.entries(SCOPES)
  .map(([scope, meaning]) => `| ${scope} | ${meaning} |`)
  .join('\n')}

A session has one scope or several, an expiry, and either every account of its owner with those that the owner is a delegate of, or a
list of accounts. It never does more than its owner may.
`;
}

const ROLE_MEANINGS: { readonly [R in Role]: string } = {
  public: 'anybody; nothing is signed',
  registered: 'whoever has an owner id; everybody below has one',
  owner: 'owner of every account that the command acts for, or that is read',
  delegate: 'authorised by the owner of each of those accounts',
  venue: 'operator of a registered venue; of the venue that a report names',
  source: 'operator of the price source that a report names',
  custodian: 'sees tokens arrive; named at genesis',
  governor: 'lists, registers and proposes; named at genesis',
};

const CROSS = '×';
const NOTHING = '·';

/** Whoever is registered has what the registered may. */
function commandMarks(by: readonly Role[]): readonly string[] {
  return ROLES.map((role) => (by.includes(role) || (role !== 'public' && by.includes('registered')) ? CROSS : NOTHING));
}

/** Everybody has what the public may. */
function readMarks(by: readonly Role[]): readonly string[] {
  return ROLES.map((role) => (by.includes(role) || by.includes('public') ? CROSS : NOTHING));
}

function readScope(by: readonly Role[], scope: string | null): string {
  return by.includes('public') ? 'no session' : (scope ?? 'any');
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heading), `|${'---|'.repeat(heading.length)}`, ...rows.map(line)].join('\n');
}

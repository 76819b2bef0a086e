import { listOf, recordOf } from '../commands/compositeCodecs.ts';
import { Fault } from '../commands/fault.ts';
import type { FieldCodec } from '../commands/fieldCodec.ts';
import { countField, ownerIdField, textField } from '../commands/scalarCodecs.ts';
import type { Deployment } from '../contracts/deployment.ts';
import { addressField } from './addressField.ts';
import { genesisCodec } from './genesisCodec.ts';
import { type DeploymentFault, genesisFaults } from './genesisFaults.ts';
import { sourceFaults } from './sourceFaults.ts';
import { type SourceSettings, sourceSettingsField } from './sourceSettings.ts';

export type DeploymentRead =
  | {
      readonly ok: true;
      readonly deployment: Deployment;
      /** The section `sources`, which is no part of the deployment; empty when there is none. */
      readonly sources: readonly SourceSettings[];
    }
  | { readonly ok: false; readonly faults: readonly DeploymentFault[] };

const NAME_MAX = 64;
const IDENTITIES_MAX = 4_096;

const deploymentCodec: FieldCodec<Deployment> = recordOf<Deployment>('Deployment', 'What a data folder is born from.', {
  chainId: countField('EIP-155 id of the chain whose wallets sign, positive.'),
  name: textField('Unique name of this deployment.', NAME_MAX),
  genesis: genesisCodec,
  identities: listOf(
    'Wallets of those who exist from the start.',
    IDENTITIES_MAX,
    recordOf('Identity', 'An owner and its wallet.', {
      owner: ownerIdField('Id of the owner.'),
      address: addressField("The owner's wallet."),
    }),
  ),
  firstOwner: ownerIdField('Owners who register later get ids from here on.'),
});

/**
 * A deployment from JSON that anybody may have written, and the price sources that may stand beside it. Of a field that is malformed the
 * first is named; of fields that do not fit together all.
 */
export function deploymentFromJson(json: unknown): DeploymentRead {
  const { rest, section } = withoutSources(json);
  const read = deploymentCodec.fromJson(rest);
  if (read instanceof Fault) return { ok: false, faults: [{ path: read.path, message: read.message }] };
  const sources = section === undefined ? [] : sourceSettingsField.fromJson(section);
  if (sources instanceof Fault) return { ok: false, faults: [{ path: `/sources${sources.path}`, message: sources.message }] };
  const faults = [...identityFaults(read), ...genesisFaults(read.genesis), ...sourceFaults(sources)];
  return faults.length > 0 ? { ok: false, faults } : { ok: true, deployment: read, sources };
}

function withoutSources(json: unknown): { readonly rest: unknown; readonly section: unknown } {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || !Object.hasOwn(json, 'sources'))
    return { rest: json, section: undefined };
  const { sources, ...rest } = json as Readonly<Record<string, unknown>>;
  // An absent section may be left out, and is not null.
  return { rest, section: sources ?? null };
}

/** The JSON that gives this deployment back. */
export function deploymentToJson(deployment: Deployment): unknown {
  return deploymentCodec.toJson(deployment);
}

function identityFaults({ chainId, identities, firstOwner, genesis }: Deployment): readonly DeploymentFault[] {
  const { governor, custodian, vault } = genesis.authorities;
  const faults: DeploymentFault[] = [];
  const fault = (path: string, message: string): void => void faults.push({ path, message });
  if (chainId === 0) fault('/chainId', 'expected more than 0, found 0');
  identities.forEach(({ owner, address }, place) => {
    const at = `/identities/${place}`;
    if (owner >= firstOwner) fault(`${at}/owner`, `expected an id below firstOwner, ${firstOwner}, found ${owner}`);
    if (owner === vault)
      fault(`${at}/owner`, `expected no wallet for the vault, for which nothing is signed, found owner ${vault}`);
    if (identities.findIndex((other) => other.owner === owner) !== place)
      fault(`${at}/owner`, `expected each owner once, found ${owner} again`);
    if (identities.findIndex((other) => other.address === address) !== place)
      fault(`${at}/address`, `expected each address once, found ${address} again`);
  });
  for (const [name, owner] of Object.entries({ governor, custodian })) {
    if (owner === vault)
      fault(`/genesis/authorities/${name}`, `expected another owner than the vault, for which nothing is signed, found ${owner}`);
    else if (!identities.some((identity) => identity.owner === owner))
      fault(`/genesis/authorities/${name}`, `expected an owner whose wallet is among the identities, found ${owner}`);
  }
  if (vault >= firstOwner) fault('/genesis/authorities/vault', `expected an id below firstOwner, ${firstOwner}, found ${vault}`);
  return faults;
}

import { Fault } from '../commands/fault.ts';
import type { FieldCodec } from '../commands/fieldCodec.ts';
import { textField } from '../commands/scalarCodecs.ts';
import type { Address } from '../contracts/identityChange.ts';
import { readAddress } from '../identity/address.ts';

/** As wallets show it, with or without the checksum of ERC-55; kept in lower case. */
export function addressField(description: string): FieldCodec<Address> {
  const field = textField(description, 42);
  return {
    ...field,
    fromJson: (value) => {
      const text = field.fromJson(value);
      if (text instanceof Fault) return text;
      const read = readAddress(text);
      if (read.ok) return read.address;
      return new Fault(
        '',
        read.code === 'addressChecksum'
          ? `expected an address whose checksum fits, found ${text}: one of its characters is not what was meant`
          : `expected an address, 0x and forty hexadecimal digits, found "${text}"`,
      );
    },
  };
}

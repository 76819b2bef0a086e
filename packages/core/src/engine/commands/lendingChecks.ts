import type { AccountId, AssetId } from '../../numeric/brand.ts';
import { isOpenAccount } from '../lookup.ts';
import { type Rejection, reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** Both name something that exists: the first thing every lending command asks. */
export function refuse(view: EngineView, command: { readonly account: AccountId; readonly asset: AssetId }): Rejection | null {
  if (!isOpenAccount(view.state, command.account)) return reject('unknownAccount', { account: command.account });
  if (view.state.terms.assets[command.asset] === undefined) return reject('unknownAsset', { asset: command.asset });
  return null;
}

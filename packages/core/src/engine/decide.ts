import { unreachable } from '../numeric/assert.ts';
import { decideAddLiquidity } from './commands/addLiquidity.ts';
import { decideAuthorizeDelegate } from './commands/authorizeDelegate.ts';
import { decideBid } from './commands/bid.ts';
import { decideBorrow } from './commands/borrow.ts';
import { decideCancelBundle } from './commands/cancelBundle.ts';
import { decideClaimRecovery } from './commands/claimRecovery.ts';
import { decideCloseAccount } from './commands/closeAccount.ts';
import { decideDeposit } from './commands/deposit.ts';
import { decideFundBackstop } from './commands/fundBackstop.ts';
import { decideListAsset } from './commands/listAsset.ts';
import { decideListInstrument } from './commands/listInstrument.ts';
import { decideOpenAccount } from './commands/openAccount.ts';
import { decideProposeBundle } from './commands/proposeBundle.ts';
import { decideRedeemBackstop } from './commands/redeemBackstop.ts';
import { decideRegisterSource } from './commands/registerSource.ts';
import { decideRegisterVenue } from './commands/registerVenue.ts';
import { decideRemoveLiquidity } from './commands/removeLiquidity.ts';
import { decideRepay } from './commands/repay.ts';
import { decideRevokeDelegate } from './commands/revokeDelegate.ts';
import { decideSetProtection } from './commands/setProtection.ts';
import { decideSupply } from './commands/supply.ts';
import { decideSwap } from './commands/swap.ts';
import { decideTrade } from './commands/trade.ts';
import { decideTransfer } from './commands/transfer.ts';
import { decideUnsupply } from './commands/unsupply.ts';
import { decideWindDownAsset } from './commands/windDownAsset.ts';
import { decideWindDownInstrument } from './commands/windDownInstrument.ts';
import { decideWithdraw } from './commands/withdraw.ts';
import type { Command, ReportPremiums, ReportPrices, ReportVolatilities } from './commands.ts';
import type { Decision } from './decision.ts';
import type { EngineView } from './view.ts';

/** Reports take effect in step 1 and are handled there (steps/prices.ts). */
export type SequencedCommand = Exclude<Command, ReportPrices | ReportPremiums | ReportVolatilities>;

/** Reads the state and says what the command would do, or why not. Never writes. */
export function decide(view: EngineView, command: SequencedCommand): Decision {
  switch (command.kind) {
    case 'openAccount':
      return decideOpenAccount(view, command);
    case 'closeAccount':
      return decideCloseAccount(view, command);
    case 'deposit':
      return decideDeposit(view, command);
    case 'withdraw':
      return decideWithdraw(view, command);
    case 'transfer':
      return decideTransfer(view, command);
    case 'supply':
      return decideSupply(view, command);
    case 'unsupply':
      return decideUnsupply(view, command);
    case 'borrow':
      return decideBorrow(view, command);
    case 'repay':
      return decideRepay(view, command);
    case 'trade':
      return decideTrade(view, command);
    case 'bid':
      return decideBid(view, command);
    case 'fundBackstop':
      return decideFundBackstop(view, command);
    case 'redeemBackstop':
      return decideRedeemBackstop(view, command);
    case 'setProtection':
      return decideSetProtection(view, command);
    case 'claimRecovery':
      return decideClaimRecovery(view, command);
    case 'addLiquidity':
      return decideAddLiquidity(view, command);
    case 'removeLiquidity':
      return decideRemoveLiquidity(view, command);
    case 'swap':
      return decideSwap(view, command);
    case 'authorizeDelegate':
      return decideAuthorizeDelegate(view, command);
    case 'revokeDelegate':
      return decideRevokeDelegate(view, command);
    case 'registerSource':
      return decideRegisterSource(view, command);
    case 'registerVenue':
      return decideRegisterVenue(view, command);
    case 'listAsset':
      return decideListAsset(view, command);
    case 'listInstrument':
      return decideListInstrument(view, command);
    case 'windDownAsset':
      return decideWindDownAsset(view, command);
    case 'windDownInstrument':
      return decideWindDownInstrument(view, command);
    case 'proposeBundle':
      return decideProposeBundle(view, command);
    case 'cancelBundle':
      return decideCancelBundle(view, command);
    default:
      return unreachable(command);
  }
}

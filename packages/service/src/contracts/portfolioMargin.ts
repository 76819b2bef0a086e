/** Margin of a portfolio document under a profile, as `plimsoll margin --json` answers: in a running service, by a thread of its own. */
export type PortfolioMargin = (
  document: unknown,
  profile: string | Readonly<Record<string, unknown>> | null,
) => PortfolioMarginResult | Promise<PortfolioMarginResult>;

export type PortfolioMarginResult =
  | { readonly ok: true; readonly answer: unknown }
  /** `path` is a JSON pointer into the document or the profile. */
  | { readonly ok: false; readonly path: string; readonly message: string };

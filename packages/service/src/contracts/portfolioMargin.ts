/** Margin of a portfolio document under a profile, as `plimsoll margin --json` answers: the decoder of such documents is passed in. */
export type PortfolioMargin = (
  document: unknown,
  profile: string | Readonly<Record<string, unknown>> | null,
) =>
  | { readonly ok: true; readonly answer: unknown }
  /** `path` is a JSON pointer into the document or the profile. */
  | { readonly ok: false; readonly path: string; readonly message: string };

/**
 * Colours by role. Charts are drawn with stand-in colours, which `drawChart` replaces by CSS variables: so one SVG serves
 * light, dark and print. Series colours keep apart for the common kinds of colour blindness and are never the only mark:
 * every chart has a table of its figures.
 */
export interface RoleColour {
  readonly role: string;
  /** The hex colour that ECharts sees; unique, and nothing else. */
  readonly drawn: string;
  readonly light: string;
  readonly dark: string;
}

const ROLES = [
  { role: 'ink', drawn: '#010101', light: '#16202b', dark: '#e8edf2' },
  { role: 'muted', drawn: '#010102', light: '#5b6875', dark: '#98a5b3' },
  { role: 'rule', drawn: '#010103', light: '#dfe4ea', dark: '#2b3743' },
  { role: 'panel', drawn: '#010104', light: '#ffffff', dark: '#151d26' },
  { role: 'series-1', drawn: '#020201', light: '#1f6fb8', dark: '#5aa9ec' },
  { role: 'series-2', drawn: '#020202', light: '#d1630a', dark: '#f09a4a' },
  { role: 'series-3', drawn: '#020203', light: '#148a66', dark: '#40c498' },
  { role: 'series-4', drawn: '#020204', light: '#9a4fb3', dark: '#c98be0' },
  { role: 'series-5', drawn: '#020205', light: '#8a6d00', dark: '#d8b53a' },
  { role: 'series-6', drawn: '#020206', light: '#c03562', dark: '#ef7fa2' },
  { role: 'healthy', drawn: '#030301', light: '#3f9e78', dark: '#3c8f70' },
  { role: 'restricted', drawn: '#030302', light: '#e3b341', dark: '#d3a63a' },
  { role: 'liquidatable', drawn: '#030303', light: '#e07b2e', dark: '#e58642' },
  { role: 'insolvent', drawn: '#030304', light: '#b3262e', dark: '#e2545b' },
  { role: 'closed', drawn: '#030305', light: '#b4bdc7', dark: '#4a5866' },
  { role: 'protection', drawn: '#040401', light: '#3f9e78', dark: '#40c498' },
  { role: 'auction', drawn: '#040402', light: '#1f6fb8', dark: '#5aa9ec' },
  { role: 'pool', drawn: '#040403', light: '#148a9a', dark: '#45c0d0' },
  { role: 'backstop', drawn: '#040404', light: '#9a4fb3', dark: '#c98be0' },
  { role: 'insurance', drawn: '#040405', light: '#c99a1a', dark: '#dcb548' },
  { role: 'adl', drawn: '#040406', light: '#d1630a', dark: '#f09a4a' },
  { role: 'socialised', drawn: '#040407', light: '#c03b3b', dark: '#ec7272' },
  { role: 'recovery', drawn: '#040408', light: '#7a1f3d', dark: '#c9648c' },
  { role: 'history', drawn: '#040409', light: '#6a7480', dark: '#8b97a4' },
] as const satisfies readonly RoleColour[];

export const ROLE_COLOURS: readonly RoleColour[] = ROLES;

export type Role = (typeof ROLES)[number]['role'];

const SERIES_ROLES = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6'] as const satisfies readonly Role[];

/** The stand-in colour to draw a role with. */
export function drawnColour(role: Role): string {
  return ROLES.find((candidate) => candidate.role === role)?.drawn ?? '#010101';
}

/** The role of the n-th series of a chart; after the last one they start again. */
export function seriesRole(index: number): Role {
  return SERIES_ROLES[index % SERIES_ROLES.length] ?? 'series-1';
}

/** Declarations of all roles for one theme. */
export function paletteCss(theme: 'light' | 'dark'): string {
  return ROLE_COLOURS.map((colour) => `--${colour.role}:${colour[theme]}`).join(';');
}

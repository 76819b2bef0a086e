export * from './commandId.ts';
export * from './commandTable.ts';
export type { DecimalText, JsonOf, JsonSchema, TypedMember } from './fieldCodec.ts';

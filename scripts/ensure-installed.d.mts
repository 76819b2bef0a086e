export function nodeVersionProblem(version: string, minimum: string): string | undefined;
export function installReason(root: string, platform: string, architecture: string): string | undefined;

/** What a token may say of its bearer. What each may do is decided at the edge. */
export const ROLES = ['viewer', 'service', 'operator', 'auditor', 'admin', 'caseworker'] as const;
export type Role = (typeof ROLES)[number];

/** Roles as a role catalogue names them: each includes those before it. */
export const CATALOGUE_ROLES = ['USER', 'ADMIN', 'DEVELOPER'] as const;
export type CatalogueRole = (typeof CATALOGUE_ROLES)[number];

/** Calls `task` once, if the token is refused before it ends; the returned function waits no longer. */
export type WhenRefused = (task: () => void) => () => void;

/** Whom a token speaks for. */
export type Principal = {
  /** 1 to 200 characters. */
  readonly subject: string;
  /** Those that are known here; empty where the token names none of them. */
  readonly roles: readonly Role[];
  /** One of the programs that the settings name; not there for any other. */
  readonly isInternalClient?: true;
  /** When the token ends by its own word, in milliseconds, as the steady clock will show it then. */
  readonly expiresAt: number;
  /** `jti`, where the token has one. */
  readonly tokenId?: string;
  /** By its own word, in milliseconds since the Unix epoch; not there where it does not say. */
  readonly issuedAt?: number;
  /** Not there where no token is refused before it ends. */
  readonly whenRefused?: WhenRefused;
};

export type Verdict =
  | { readonly kind: 'known'; readonly principal: Principal }
  /** Not a token for this service, or one no longer. `why` is for the log, it holds nothing of the token. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Nobody can say now: the keys to check it with cannot be had. */
  | { readonly kind: 'unavailable' };

/** Tells from a bearer token who calls. */
export type Identity = {
  /** Never rejects, and never takes a token it could not check. */
  readonly verify: (token: string) => Promise<Verdict>;
};

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { AuditAction, Permission } from '../domain/access.ts';
import type { TellBegun } from '../service/access/audit.ts';
import type { Identity } from '../service/access/identity.ts';
import type { ApiContext } from './context.ts';

type Shape = z.ZodObject;
type Read<T extends Shape | undefined> = T extends Shape ? z.output<T> : Record<string, never>;

/** What one request asks for, checked. */
export interface Call<P, Q, B> {
  readonly context: ApiContext;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Who asks; null where nobody has to be logged in. */
  readonly identity: Identity | null;
  /** Tells the audit log, if it is told of this operation at all. */
  readonly tellBegun: TellBegun;
}

export interface Operation {
  /** Its name in the OpenAPI document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Asked by HEAD it answers the same without a body. */
  readonly head?: true;
  /** With `{name}` for what stands in `params`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** A permission; `login`: any user or token; `nothing`: open to everybody. */
  readonly needs: Permission | 'login' | 'nothing';
  readonly params?: Shape | undefined;
  readonly query?: Shape | undefined;
  readonly body?: Shape | undefined;
  readonly status: number;
  /** Further statuses with the same answer. */
  readonly also: readonly number[];
  /** What is answered; a media type where it is not JSON. */
  readonly answer: z.ZodType | string | null;
  /** Failures that are its own, besides those that every one may have. */
  readonly fails: readonly number[];
  readonly audit?: Audit<AnyCall>;
  run(call: AnyCall): unknown;
}

/** How the audit log tells of an operation. */
interface Audit<C> {
  readonly action: AuditAction;
  target(call: C): string | null;
  /** Of a login: who was let in, told where it is done, and by what. */
  readonly login?: { readonly via: string; user(call: C): string };
}

/** A call whose types are known to the operation that it is for. */
export type AnyCall = Call<never, never, never>;

interface Definition<
  P extends Shape | undefined,
  Q extends Shape | undefined,
  B extends Shape | undefined,
  A extends z.ZodType | string | null,
> extends Omit<
  Operation,
  'params' | 'query' | 'body' | 'answer' | 'status' | 'also' | 'fails' | 'audit' | 'run'
> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly status?: number;
  readonly also?: readonly number[];
  readonly answer: A;
  readonly fails?: readonly number[];
  readonly audit?: Audit<Call<Read<P>, Read<Q>, Read<B>>>;
  run(call: Call<Read<P>, Read<Q>, Read<B>>): Answer<A>;
}

type Answer<A> = A extends z.ZodType
  ? Promise<Loose<z.input<A>>> | Loose<z.input<A>>
  : Promise<unknown> | undefined | FastifyReply;

/** Lists may be readonly: they are only written out. */
type Loose<T> = T extends readonly (infer E)[]
  ? readonly Loose<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Loose<T[K]> }
    : T;

/** One operation, with the types of its request and answer taken from their schemas. */
export function operation<
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  B extends Shape | undefined = undefined,
  A extends z.ZodType | string | null = null,
>(definition: Definition<P, Q, B, A>): Operation {
  return { status: 200, also: [], fails: [], ...definition };
}

import { z } from 'zod';
import { docsPage } from '../docs-page.ts';
import { openApiDocument } from '../openapi.ts';
import { operation } from '../operation.ts';
import type { Operation } from '../operation.ts';

/** The documents of all operations, these two among them. */
export function documentOperations(others: readonly Operation[]): Operation[] {
  const made: Operation[] = [
    operation({
      ...{ id: 'openapi', method: 'GET', path: '/backup/api/openapi.json', tag: 'documents' },
      summary: 'This document',
      needs: 'nothing',
      answer: z.looseObject({ openapi: z.string() }),
      run: () => document,
    }),
    operation({
      ...{ id: 'docs', method: 'GET', path: '/backup/api/docs', tag: 'documents' },
      summary: 'This document, to be read',
      needs: 'nothing',
      answer: 'text/html',
      run: ({ reply }) => reply.type('text/html; charset=utf-8').send(page),
    }),
  ];
  const document = openApiDocument([...others, ...made]);
  const page = docsPage(document);
  return made;
}

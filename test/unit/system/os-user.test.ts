import { expect, test } from 'vitest';
import { requireUser } from '../../../src/system/os-user.ts';

const passwd = `root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
+nis
nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin
`;

test('takes the first of the names that exists', () => {
  expect(requireUser(['postgres', 'daemon'], passwd)).toEqual({ name: 'daemon', uid: 1, gid: 1 });
  expect(requireUser(['nobody'], passwd)).toEqual({ name: 'nobody', uid: 65534, gid: 65533 });
});

test('never takes a user that is root by another name', () => {
  expect(() => requireUser(['toor'], passwd)).toThrow(
    "PostgreSQL cannot run as root and there is no user 'toor'",
  );
});

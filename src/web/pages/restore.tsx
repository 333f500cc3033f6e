import { useState } from 'react';
import { Stepper } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { post, type RestorePreview, type RestoreRequest, type Started } from '../api-client.ts';
import { FollowedRun } from '../components/followed-run.tsx';
import { Page } from '../components/page.tsx';
import { Problem } from '../components/problem.tsx';
import { RestoreConfirm } from '../components/restore-confirm.tsx';
import { RestoreTarget } from '../components/restore-target.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useAction } from '../queries.ts';
import { firstWish, requestOf } from '../restore-wish.ts';

/** What was asked for, and what it would do. */
interface Asked {
  readonly request: RestoreRequest;
  readonly preview: RestorePreview;
}

/** Restores in three steps: what and where to, what that will write, and how it goes. */
export function RestorePage() {
  const { t } = useLanguage();
  const [search] = useSearchParams();
  const [wish, setWish] = useState(firstWish(search.get('backup') ?? 'latest'));
  const [asked, setAsked] = useState<Asked | null>(null);
  const look = useAction(async (request: RestoreRequest) => {
    setAsked({ request, preview: await post<RestorePreview>('/restores/preview', request) });
  });
  const start = useAction((body: object) => post<Started>('/restores', body));
  const step = start.data ? 2 : asked ? 1 : 0;
  const back = () => {
    setAsked(null);
    start.reset();
  };
  return (
    <Page title={t('restore.title')} lead={t('restore.lead')}>
      <Stepper active={step} size="sm" orientation="horizontal" aria-label={t('restore.steps')}>
        <Stepper.Step label={t('restore.step.target')} allowStepSelect={false} />
        <Stepper.Step label={t('restore.step.confirm')} allowStepSelect={false} />
        <Stepper.Step label={t('restore.step.run')} allowStepSelect={false} />
      </Stepper>
      {asked ? (
        <Confirmation asked={asked} start={start} onBack={back} />
      ) : (
        <RestoreTarget
          wish={wish}
          change={(part) => setWish({ ...wish, ...part })}
          isBusy={look.isPending}
          onAsk={() => look.mutate(requestOf(wish))}
        />
      )}
      {look.error && !asked && <Problem error={look.error} />}
    </Page>
  );
}

interface ConfirmationProps {
  readonly asked: Asked;
  readonly start: UseMutationResult<Started, Error, object>;
  readonly onBack: () => void;
}

function Confirmation({ asked: { request, preview }, start, onBack }: ConfirmationProps) {
  if (start.data) return <FollowedRun id={start.data.workflowId} />;
  return (
    <>
      <RestoreConfirm
        request={request}
        preview={preview}
        isBusy={start.isPending}
        onBack={onBack}
        onStart={(replaces) => start.mutate({ ...request, ...(replaces !== null && { replaces }) })}
      />
      {start.error && <Problem error={start.error} />}
    </>
  );
}

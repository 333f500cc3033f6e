import type { Backup } from '../api-client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Badge } from './badge.tsx';

/** In which destinations a backup lies; a state is said where it is not good. */
export function CopyBadges({ copies }: { readonly copies: Backup['copies'] }) {
  const { t } = useLanguage();
  return copies.map(({ destination, state, uri }) => (
    <Badge key={uri} tone={state === 'good' ? 'good' : 'warn'}>
      {state === 'good' ? destination : `${destination}: ${t(`state.${state}`)}`}
    </Badge>
  ));
}

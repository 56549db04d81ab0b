import type { Settings } from '../../contract/index.js';
import { errorWords } from '../ipc/error-words.js';
import { useSettings } from '../store/settings.js';
import { useToasts } from '../store/toasts.js';
import { text } from '../ui/text.js';

/** Changes settings at once; a toast says why when they could not be saved and are back to what they were. */
export const changeSetting = (patch: Partial<Omit<Settings, 'version' | 'criteria'>>): void => {
  useSettings
    .getState()
    .update(patch)
    .catch((error: unknown) => {
      useToasts.getState().show({
        tone: 'bad',
        text: text.header.settingFailed(errorWords(error)),
        action: null,
      });
    });
};

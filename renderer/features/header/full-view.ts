import { errorWords } from '../../ipc/error-words.js';
import { windowApi } from '../../ipc/window-api.js';
import { useToasts } from '../../store/toasts.js';
import { text } from '../../ui/text.js';

/** Has main ask the user for the privileged helper. A refusal is told by the engine's status. */
export const askForFullView = async (): Promise<void> => {
  try {
    await windowApi().invoke('full-view:ask', undefined);
  } catch (error) {
    useToasts.getState().show({
      tone: 'bad',
      text: text.visibility.askFailed(errorWords(error)),
      action: null,
    });
  }
};

import { windowApi } from '../ipc/window-api.js';

export const copyText = (text: string): Promise<void> => windowApi().invoke('clipboard:write', text);

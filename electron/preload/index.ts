import { contextBridge, ipcRenderer } from 'electron';
import { ipc, type NotifyChannel, type NotifyPayload, type WindowApi } from '../../contract/index.js';

// The page gets two functions over fixed lists of channels and never sees Electron. Main parses
// what goes up; what comes down is parsed here, where it enters the window's process.
const invokeChannels = new Set<string>(Object.keys(ipc.invoke));

const isNotifyChannel = (channel: string): channel is NotifyChannel => Object.hasOwn(ipc.notify, channel);

const api: WindowApi = {
  invoke: (channel, request) =>
    invokeChannels.has(channel)
      ? (ipcRenderer.invoke(channel, request) as Promise<never>)
      : Promise.reject(new Error(`there is no channel "${channel}"`)),

  on: (channel, listener) => {
    if (!isNotifyChannel(channel)) throw new Error(`there is no channel "${String(channel)}"`);
    const schema = ipc.notify[channel];
    const forward = (_event: unknown, payload: unknown): void => {
      listener(schema.parse(payload) as NotifyPayload<typeof channel>);
    };
    ipcRenderer.on(channel, forward);
    return () => {
      ipcRenderer.removeListener(channel, forward);
    };
  },
};

contextBridge.exposeInMainWorld('bindscope', api);

// A MessagePort cannot cross the context bridge; it is transferred to the page by a message.
ipcRenderer.on(ipc.stream, (event) => {
  window.postMessage(ipc.stream, '/', event.ports);
});

import { Ellipsis, Keyboard } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import type { Settings } from '../../../contract/index.js';
import { errorWords } from '../../ipc/error-words.js';
import { windowApi } from '../../ipc/window-api.js';
import { useSettings } from '../../store/settings.js';
import { useToasts } from '../../store/toasts.js';
import { IconButton } from '../../ui/Button.js';
import { Menu, MenuChoice, MenuItem, MenuNote, MenuSeparator, MenuToggle } from '../../ui/Menu.js';
import { text } from '../../ui/text.js';
import { useHelp } from '../help/HelpDialog.js';

const words = text.header;

const change = (patch: Partial<Omit<Settings, 'version' | 'criteria'>>): void => {
  useSettings
    .getState()
    .update(patch)
    .catch((error: unknown) => {
      useToasts.getState().show({
        tone: 'bad',
        text: words.settingFailed(errorWords(error)),
        action: null,
      });
    });
};

const themes = (['system', 'dark', 'light'] as const).map((value) => ({
  value,
  label: words.themes[value],
}));

/** Version of the app, once main has told it. */
const useVersion = (): string | null => {
  const [version, setVersion] = useState<string | null>(null);
  useEffect(() => {
    windowApi()
      .invoke('app:info', undefined)
      .then(
        (info) => setVersion(words.version(info.version, info.electron)),
        () => setVersion(null),
      );
  }, []);
  return version;
};

export const MoreMenu = (): ReactElement => {
  const settings = useSettings((state) => state.settings);
  const showHelp = useHelp((state) => state.show);
  const version = useVersion();
  return (
    <Menu
      trigger={
        <IconButton label={words.more} data-testid="more">
          <Ellipsis />
        </IconButton>
      }
    >
      {settings === null ? null : (
        <>
          <MenuChoice
            label={words.theme}
            value={settings.theme}
            options={themes}
            onValue={(theme) => change({ theme })}
          />
          <MenuSeparator />
          <MenuToggle
            checked={settings.showOwnProcesses}
            onChecked={(showOwnProcesses) => change({ showOwnProcesses })}
          >
            {words.showOwn}
          </MenuToggle>
          <MenuToggle
            checked={settings.askForFullView}
            onChecked={(askForFullView) => change({ askForFullView })}
          >
            {words.askForFullView}
          </MenuToggle>
          <MenuSeparator />
        </>
      )}
      <MenuItem icon={<Keyboard />} keys="?" onSelect={showHelp}>
        {words.shortcuts}
      </MenuItem>
      {version === null ? null : <MenuNote>{version}</MenuNote>}
    </Menu>
  );
};

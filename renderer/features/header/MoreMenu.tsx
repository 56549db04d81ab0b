import { Ellipsis, History, Keyboard } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import { defaultRingBytes, ringSizeText } from '../../../contract/index.js';
import { windowApi } from '../../ipc/window-api.js';
import { useSettings } from '../../store/settings.js';
import { IconButton } from '../../ui/Button.js';
import { Menu, MenuChoice, MenuItem, MenuNote, MenuSeparator, MenuToggle } from '../../ui/Menu.js';
import { text } from '../../ui/text.js';
import { changeSetting } from '../change-setting.js';
import { useHelp } from '../help/HelpDialog.js';
import { openReplay } from '../replay/playing.js';

const words = text.header;

const themes = (['system', 'dark', 'light'] as const).map((value) => ({
  value,
  label: words.themes[value],
}));

const offeredRings = [defaultRingBytes / 8, defaultRingBytes, defaultRingBytes * 8];

/** The usual sizes, and the one in force. */
const ringChoices = (current: number): { value: string; label: string }[] =>
  [...new Set([...offeredRings, current])]
    .sort((left, right) => left - right)
    .map((bytes) => ({
      value: String(bytes),
      label: words.ringChoice(ringSizeText(bytes), bytes === defaultRingBytes),
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
      <MenuItem icon={<History />} keys="Ctrl+O" onSelect={openReplay}>
        {text.replay.open}
      </MenuItem>
      <MenuSeparator />
      {settings === null ? null : (
        <>
          <MenuChoice
            label={words.theme}
            value={settings.theme}
            options={themes}
            onValue={(theme) => changeSetting({ theme })}
          />
          <MenuSeparator />
          <MenuToggle
            checked={settings.showOwnProcesses}
            onChecked={(showOwnProcesses) => changeSetting({ showOwnProcesses })}
          >
            {words.showOwn}
          </MenuToggle>
          <MenuToggle
            checked={settings.askForFullView}
            onChecked={(askForFullView) => changeSetting({ askForFullView })}
          >
            {words.askForFullView}
          </MenuToggle>
          <MenuSeparator />
          <MenuChoice
            label={words.ring}
            value={String(settings.ringBytes)}
            options={ringChoices(settings.ringBytes)}
            onValue={(bytes) => changeSetting({ ringBytes: Number(bytes) })}
          />
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

import { useEffect, useState, type ReactElement } from 'react';
import { Group, Panel, Separator, type PanelImperativeHandle } from 'react-resizable-panels';
import { Banners } from '../features/banners/Banners.js';
import { CriteriaPanel } from '../features/criteria/CriteriaPanel.js';
import { DetailsPanel } from '../features/details/DetailsPanel.js';
import { Header } from '../features/header/Header.js';
import { ReplayBar } from '../features/replay/ReplayBar.js';
import { TablesPane } from '../features/tables/TablesPane.js';
import { TimelinePane } from '../features/timeline/TimelinePane.js';
import { windowApi } from '../ipc/window-api.js';
import { useEditing } from '../store/editing.js';
import { text } from '../ui/text.js';
import { commands, menuCommands } from './commands.js';
import { useLayout } from './layout.js';
import { useShortcuts } from './shortcuts.js';
import styles from './Workspace.module.css';

/** Header, banners, and the panels: criteria, timeline over tables, details. */
export const Workspace = (): ReactElement => {
  const { layout, setPanel, sideResized, timelineResized, toggle } = useLayout();
  // Where the panels start; afterwards they keep their own sizes.
  const [start] = useState(layout);
  const [criteriaPanel] = useState(
    () => (handle: PanelImperativeHandle | null) => setPanel('criteria', handle),
  );
  const [detailsPanel] = useState(
    () => (handle: PanelImperativeHandle | null) => setPanel('details', handle),
  );
  useShortcuts();
  useEffect(() => windowApi().on('command', (command) => commands[menuCommands[command]]()), []);

  // An editor that was opened from elsewhere is of no use in a panel that is not shown.
  useEffect(
    () =>
      useEditing.subscribe(({ editing }) => {
        if (editing !== null) useLayout.getState().show('criteria');
      }),
    [],
  );

  return (
    <div className={styles['workspace']}>
      <Header
        criteriaShown={layout.criteria.shown}
        detailsShown={layout.details.shown}
        onToggleCriteria={() => toggle('criteria')}
        onToggleDetails={() => toggle('details')}
      />
      <ReplayBar />
      <Banners />
      <main className={styles['main']}>
        <Group orientation="horizontal">
          <Panel
            id="criteria-panel"
            panelRef={criteriaPanel}
            defaultSize={start.criteria.shown ? start.criteria.px : 0}
            minSize={200}
            maxSize={440}
            collapsible
            collapsedSize={0}
            groupResizeBehavior="preserve-pixel-size"
            onResize={({ inPixels }) => sideResized('criteria', inPixels)}
          >
            {layout.criteria.shown ? <CriteriaPanel /> : null}
          </Panel>
          <Separator
            className={styles['upright']}
            id="criteria-separator"
            aria-label={text.panels.resizeCriteria}
          />
          <Panel id="centre-panel" minSize={360}>
            <Group orientation="vertical">
              <Panel
                id="timeline-panel"
                defaultSize={`${String(start.timeline)}%`}
                minSize={120}
                onResize={({ asPercentage }) => timelineResized(asPercentage)}
              >
                <TimelinePane />
              </Panel>
              <Separator
                className={styles['level']}
                id="tables-separator"
                aria-label={text.panels.resizeTables}
              />
              <Panel id="tables-panel" minSize={100}>
                <TablesPane />
              </Panel>
            </Group>
          </Panel>
          <Separator
            className={styles['upright']}
            id="details-separator"
            aria-label={text.panels.resizeDetails}
          />
          <Panel
            id="details-panel"
            panelRef={detailsPanel}
            defaultSize={start.details.shown ? start.details.px : 0}
            minSize={240}
            maxSize={640}
            collapsible
            collapsedSize={0}
            groupResizeBehavior="preserve-pixel-size"
            onResize={({ inPixels }) => sideResized('details', inPixels)}
          >
            {layout.details.shown ? <DetailsPanel /> : null}
          </Panel>
        </Group>
      </main>
    </div>
  );
};

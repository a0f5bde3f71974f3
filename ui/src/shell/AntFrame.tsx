import { App, ConfigProvider } from 'antd';
import { Outlet } from 'react-router';
import { nonce } from '@/base';
import { Icon } from '@/components/icons';
import { useMedia, useNarrow } from '@/lib/useMedia';
import { useTheme } from '@/lib/theme';
import { tokensFor } from './tokens';

// Ant Design's own arrow is read out as a picture, and can hardly be seen in the dark.
const SELECT = { suffixIcon: <Icon name="fold" size={14} /> };

/** Where Ant Design begins: its theme, and the messages that pages show. */
export default function AntFrame() {
  const mode = useTheme();
  const isStill = useMedia('(prefers-reduced-motion: reduce)');
  return (
    <ConfigProvider theme={tokensFor(mode, isStill, useNarrow())} csp={nonce ? { nonce } : undefined} select={SELECT}>
      <App component={false} message={{ maxCount: 3 }}>
        <Outlet />
      </App>
    </ConfigProvider>
  );
}

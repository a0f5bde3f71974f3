import { App, ConfigProvider } from 'antd';
import { Outlet } from 'react-router';
import { nonce } from '@/base';
import { useMedia } from '@/lib/useMedia';
import { useTheme } from '@/lib/theme';
import { tokensFor } from './tokens';

/** Where Ant Design begins: its theme, and the messages that pages show. */
export default function AntFrame() {
  const mode = useTheme();
  const isStill = useMedia('(prefers-reduced-motion: reduce)');
  return (
    <ConfigProvider theme={tokensFor(mode, isStill)} csp={nonce ? { nonce } : undefined}>
      <App component={false} message={{ maxCount: 3 }}>
        <Outlet />
      </App>
    </ConfigProvider>
  );
}

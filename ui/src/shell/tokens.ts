import { theme, type ThemeConfig } from 'antd';
import type { Theme } from '@/lib/theme';

// The same colours as in styles.css. Text, background and border of a state are set together: from its seed
// alone, Ant Design derives pale backgrounds only where the seed is a middle tone. All pairs reach 4.5:1.
const LIGHT: ThemeConfig['token'] = {
  colorPrimary: '#0958d9', colorPrimaryHover: '#003eb3', colorLink: '#0958d9',
  colorInfo: '#0958d9', colorInfoBg: '#e6f0ff', colorInfoBorder: '#91caff',
  colorSuccess: '#237804', colorSuccessBg: '#f0f9eb', colorSuccessBorder: '#b7eb8f',
  colorWarning: '#874d00', colorWarningBg: '#fff8e1', colorWarningBorder: '#ffe58f',
  colorError: '#a8071a', colorErrorBg: '#fff1f0', colorErrorBorder: '#ffa39e',
  colorBgLayout: '#f5f7fa', colorBgContainer: '#ffffff', colorText: '#1b1f26',
  colorTextSecondary: '#4b5360', colorTextTertiary: '#5c6470', colorTextDescription: '#5c6470', colorTextPlaceholder: '#667080',
  colorBorder: '#7d8693', colorBorderSecondary: '#d5dae1',
};
const DARK: ThemeConfig['token'] = {
  colorPrimary: '#1668dc', colorPrimaryHover: '#69b1ff', colorLink: '#69b1ff',
  colorInfo: '#69b1ff', colorInfoBg: '#111d33', colorInfoBorder: '#21508a',
  colorSuccess: '#95de64', colorSuccessBg: '#162312', colorSuccessBorder: '#3c6b20',
  colorWarning: '#ffd666', colorWarningBg: '#2b2111', colorWarningBorder: '#7c5c14',
  colorError: '#ff9c98', colorErrorBg: '#2c1618', colorErrorBorder: '#7a2f33',
  colorBgLayout: '#0e1116', colorBgContainer: '#161b22', colorBgElevated: '#1d242d', colorText: '#e6eaf0',
  colorTextSecondary: '#b5bdc9', colorTextTertiary: '#a0aab8', colorTextDescription: '#a0aab8', colorTextPlaceholder: '#8f9aaa',
  colorBorder: '#7a8594', colorBorderSecondary: '#303844',
};

export const tokensFor = (mode: Theme, isStill: boolean, isNarrow: boolean): ThemeConfig => ({
  algorithm: mode === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
  token: {
    ...(mode === 'dark' ? DARK : LIGHT),
    fontFamily: 'var(--font)', fontFamilyCode: 'var(--mono)', fontSize: 14, borderRadius: 6, motion: !isStill,
    controlHeight: isNarrow ? 44 : 34,
  },
  // In the dark the primary colour is one for backgrounds, as a text it is too dark; the colour of errors is one for texts.
  components: mode === 'dark' ? { Button: { dangerColor: '#2c0b0e' }, Tabs: { itemSelectedColor: '#69b1ff', itemActiveColor: '#69b1ff', itemHoverColor: '#91caff', inkBarColor: '#69b1ff' } } : {},
});

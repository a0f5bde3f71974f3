// Pages are loaded when they are first shown. A test file that imports this (and its page) has that behind it
// before its first test begins, so that a slow machine does not make the first test wait too long.
import '@/shell/AppShell';
import '@/shell/AntFrame';

import {
  IconActivity,
  IconAdjustmentsAlt,
  IconArrowsSplit,
  IconBroadcast,
  IconCalendarOff,
  IconColumns,
  IconFlag,
  IconHistory,
  IconKey,
  IconListDetails,
  IconPlayerPlay,
  IconRoute,
  IconServer2,
  IconShieldCheck,
  IconSparkles,
  IconStack2,
  IconUsersGroup,
} from "@tabler/icons-react";

/** Every screen that can be gone to, in the order of the menu. `keys` is pressed one after the other. */
export const NAV = [
  { group: "Release", to: "/", label: "Now", icon: IconActivity, keys: "g n" },
  { group: "Release", to: "/flags", label: "Flags", icon: IconFlag, keys: "g f" },
  { group: "Release", to: "/rollouts", label: "Rollouts", icon: IconRoute, keys: "g r" },
  { group: "Release", to: "/plans", label: "Plans", icon: IconListDetails, keys: "g l" },
  { group: "Release", to: "/freezes", label: "Freezes", icon: IconCalendarOff, keys: "g z" },
  { group: "Audience", to: "/splits", label: "Traffic splits", icon: IconArrowsSplit, keys: "g t" },
  { group: "Audience", to: "/segments", label: "Segments", icon: IconUsersGroup, keys: "g s" },
  { group: "Audience", to: "/playground", label: "Playground", icon: IconPlayerPlay, keys: "g p" },
  { group: "Records", to: "/history", label: "History", icon: IconHistory, keys: "g h" },
  { group: "Records", to: "/audit", label: "Audit", icon: IconShieldCheck, keys: "g u" },
  { group: "Records", to: "/compare", label: "Compare", icon: IconColumns, keys: "g c" },
  { group: "Records", to: "/hygiene", label: "Hygiene", icon: IconSparkles, keys: "g y" },
  { group: "Service", to: "/clients", label: "Clients", icon: IconBroadcast, keys: "g i" },
  { group: "Service", to: "/environments", label: "Environments", icon: IconStack2, keys: "g e" },
  { group: "Service", to: "/access", label: "Access", icon: IconKey, keys: "g a" },
  { group: "Service", to: "/system", label: "System", icon: IconServer2, keys: "g m" },
] as const;

export const GROUPS = ["Release", "Audience", "Records", "Service"] as const;

export const SettingsIcon = IconAdjustmentsAlt;

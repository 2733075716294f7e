import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type Native = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "style" | "color"> & {
  readonly ref?: Ref<HTMLAnchorElement>;
};

/** A link to a screen, typed by its route. */
export const AnchorLink = createLink((props: AnchorProps & Native) => <Anchor inherit {...props} />);

/** The same, in the form of a button. */
export const ButtonLink = createLink((props: ButtonProps & Native) => <Button component="a" {...props} />);

"""Going on with a sign-up later, or on another device."""

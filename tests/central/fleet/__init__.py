"""The fleet at the office: releases in rings, pins, commands."""

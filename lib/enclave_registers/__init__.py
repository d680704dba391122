"""From files as delivered to panels."""

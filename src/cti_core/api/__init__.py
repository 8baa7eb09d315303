"""The CTI API: one service layer under JSON-RPC over WebSocket and REST. It adds the envelope and decides nothing about calls."""

"""SIP gateways, adapters and telephones as ports of one board (RFC 3261 over UDP, RTP in G.711).

settings --> board --tick--> sockets --> agent (signalling, no I/O) --> facts --> door
    sockets --rtp--> streams --> heard          speak --> streams --rtp--> sockets
"""

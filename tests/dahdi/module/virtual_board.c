// SPDX-License-Identifier: GPL-2.0
/*
 * A test bench without hardware: an analogue card with 8 FXO ports and 1 FXS port, and at the other end of their wires
 * the exchange (8 FXS) and a telephone (1 FXO), as two spans of one DAHDI device. For tests only; never install it.
 *
 *     span "board"     1-8 FXO (FXSKS)  9 FXS (FXOKS)      the driver under test has these
 *     span "exchange"  1-8 FXS (FXOKS)  9 FXO (FXSKS)      the test has these
 *
 * Wires carry audio, battery, polarity, ringing and loop. An FXO port on hook hears the line (callers' numbers), the
 * line does not hear it. A timer moves 8 samples each millisecond.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include <dahdi/kernel.h>

#define WIRES 9
#define TRUNKS 8
#define ECHO_MAX 64 /* samples: 8 ms */
#define CATCH_UP_MAX 500 /* ms of a stalled machine that are made up for, so that time and samples stay together */

static unsigned int cut; /* bit n: wire n is cut */
module_param(cut, uint, 0644);
static unsigned int echo_shift; /* 0: a perfect hybrid; n: our own voice comes back n * 6 dB weaker */
module_param(echo_shift, uint, 0644);
static unsigned int echo_delay; /* samples */
module_param(echo_delay, uint, 0644);
static unsigned int noise; /* amplitude of white noise towards the board, linear */
module_param(noise, uint, 0644);
static unsigned int skip; /* milliseconds the card misses from now on: counts down */
module_param(skip, uint, 0644);

struct end {
	struct dahdi_span span;
	struct dahdi_chan chan_space[WIRES];
	struct dahdi_chan *chans[WIRES];
	enum dahdi_txsig wanted[WIRES]; /* written under the channel's lock, read by the timer */
	enum dahdi_txsig applied[WIRES];
	int flips[WIRES]; /* reversals of polarity that the far end has not seen */
};

struct bench {
	struct dahdi_device *ddev;
	struct end board, exchange;
	struct hrtimer timer;
	unsigned int was_cut;
	u32 dice;
	s16 sent[WIRES][ECHO_MAX]; /* what the board said, ring buffer */
	unsigned int position;
	unsigned int lost;
};

static bool is_fxo(const struct end *end, int wire, const struct bench *bench)
{
	return (end == &bench->board) == (wire < TRUNKS);
}

static struct bench *bench_of(struct dahdi_chan *chan)
{
	return chan->pvt;
}

static struct end *end_of(struct dahdi_chan *chan)
{
	return container_of(chan->span, struct end, span);
}

/* Called with the channel's lock held: only note it, the timer does the rest, or two locks would be taken crosswise. */
static int hooksig(struct dahdi_chan *chan, enum dahdi_txsig signal)
{
	WRITE_ONCE(end_of(chan)->wanted[chan->chanpos - 1], signal);
	return 0;
}

static int chan_ioctl(struct dahdi_chan *chan, unsigned int request, unsigned long data)
{
	struct end *end = end_of(chan);
	int wire = chan->chanpos - 1;
	static bool reversed[2][WIRES];
	bool *now = &reversed[end == &bench_of(chan)->exchange][wire];
	int value;

	switch (request) {
	case DAHDI_SETPOLARITY:
		if (is_fxo(end, wire, bench_of(chan)))
			return -ENOTTY;
		if (get_user(value, (int __user *)data))
			return -EFAULT;
		if (!!value != *now) {
			*now = !!value;
			WRITE_ONCE(end->flips[wire], end->flips[wire] + 1);
		}
		return 0;
	case DAHDI_ONHOOKTRANSFER:
		return is_fxo(end, wire, bench_of(chan)) ? -ENOTTY : 0;
	default:
		return -ENOTTY;
	}
}

static const struct dahdi_span_ops span_ops = {
	.owner = THIS_MODULE,
	.hooksig = hooksig,
	.ioctl = chan_ioctl,
};

/* What `from` does to its wire, as `to` feels it. */
static enum dahdi_rxsig felt(bool from_fxo, enum dahdi_txsig signal)
{
	if (from_fxo)
		return signal == DAHDI_TXSIG_ONHOOK ? DAHDI_RXSIG_ONHOOK : DAHDI_RXSIG_OFFHOOK;
	switch (signal) {
	case DAHDI_TXSIG_START:
		return DAHDI_RXSIG_RING;
	case DAHDI_TXSIG_KEWL:
		return DAHDI_RXSIG_ONHOOK;
	default:
		return DAHDI_RXSIG_OFFHOOK;
	}
}

static void signal_across(struct bench *bench, struct end *from, struct end *to, int wire, bool wire_cut)
{
	bool from_fxo = is_fxo(from, wire, bench);
	enum dahdi_txsig signal = READ_ONCE(from->wanted[wire]);
	int flips = xchg(&from->flips[wire], 0);

	from->applied[wire] = signal;
	if (wire_cut)
		dahdi_hooksig(to->chans[wire], DAHDI_RXSIG_ONHOOK);
	else
		dahdi_hooksig(to->chans[wire], felt(from_fxo, signal)); /* says nothing twice */
	if (flips % 2 && !wire_cut)
		dahdi_qevent_lock(to->chans[wire], DAHDI_EVENT_POLARITY);
}

static void talk_across(struct bench *bench, struct end *from, struct end *to, int wire, bool wire_cut)
{
	struct dahdi_chan *speaker = from->chans[wire], *listener = to->chans[wire];
	bool mute = wire_cut || (is_fxo(from, wire, bench) && from->applied[wire] == DAHDI_TXSIG_ONHOOK);
	int n;

	for (n = 0; n < DAHDI_CHUNKSIZE; n++) {
		int said = mute ? 0 : DAHDI_XLAW(speaker->writechunk[n], speaker);

		if (to == &bench->board && !wire_cut) {
			if (echo_shift && to->applied[wire] != DAHDI_TXSIG_ONHOOK) {
				unsigned int at = (bench->position + n + ECHO_MAX - echo_delay % ECHO_MAX) % ECHO_MAX;

				said += bench->sent[wire][at] >> echo_shift;
			}
			if (noise) {
				bench->dice = bench->dice * 1664525 + 1013904223;
				said += (int)((bench->dice >> 16) % (2 * noise + 1)) - (int)noise;
			}
			said = clamp(said, -32768, 32767);
		}
		listener->readchunk[n] = DAHDI_LIN2X(said, listener);
	}
}

static void remember(struct bench *bench)
{
	int wire, n;

	for (wire = 0; wire < WIRES; wire++) {
		struct dahdi_chan *chan = bench->board.chans[wire];

		for (n = 0; n < DAHDI_CHUNKSIZE; n++)
			bench->sent[wire][(bench->position + n) % ECHO_MAX] = DAHDI_XLAW(chan->writechunk[n], chan);
	}
}

static void millisecond(struct bench *bench)
{
	unsigned int now_cut = READ_ONCE(cut);
	int wire;

	dahdi_transmit(&bench->board.span);
	dahdi_transmit(&bench->exchange.span);
	remember(bench);
	for (wire = 0; wire < WIRES; wire++) {
		bool wire_cut = now_cut & (1u << wire);
		bool changed = (now_cut ^ bench->was_cut) & (1u << wire);

		if (changed && wire < TRUNKS)
			dahdi_alarm_channel(bench->board.chans[wire], wire_cut ? DAHDI_ALARM_RED : DAHDI_ALARM_NONE);
		signal_across(bench, &bench->board, &bench->exchange, wire, wire_cut);
		signal_across(bench, &bench->exchange, &bench->board, wire, wire_cut);
		talk_across(bench, &bench->board, &bench->exchange, wire, wire_cut);
		talk_across(bench, &bench->exchange, &bench->board, wire, wire_cut);
	}
	bench->was_cut = now_cut;
	bench->position = (bench->position + DAHDI_CHUNKSIZE) % ECHO_MAX;
	dahdi_ec_span(&bench->board.span);
	dahdi_receive(&bench->board.span);
	dahdi_receive(&bench->exchange.span);
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct bench *bench = container_of(timer, struct bench, timer);
	u64 due = hrtimer_forward_now(timer, ms_to_ktime(1));

	if (due > CATCH_UP_MAX) {
		bench->lost += due - CATCH_UP_MAX;
		due = CATCH_UP_MAX;
	}
	while (due--) {
		if (skip) {
			skip--;
			bench->ddev->irqmisses++;
			continue;
		}
		millisecond(bench);
	}
	return HRTIMER_RESTART;
}

static void make_end(struct bench *bench, struct end *end, const char *name)
{
	int wire;

	snprintf(end->span.name, sizeof(end->span.name), "VIRTUAL/%s", name);
	snprintf(end->span.desc, sizeof(end->span.desc), "virtual analogue card, %s", name);
	for (wire = 0; wire < WIRES; wire++) {
		struct dahdi_chan *chan = end->chans[wire] = &end->chan_space[wire];

		snprintf(chan->name, sizeof(chan->name), "VIRTUAL/%s/%d", name, wire + 1);
		chan->chanpos = wire + 1;
		chan->pvt = bench;
		chan->sigcap = is_fxo(end, wire, bench) ? DAHDI_SIG_FXSKS | DAHDI_SIG_FXSLS
							: DAHDI_SIG_FXOKS | DAHDI_SIG_FXOLS | DAHDI_SIG_FXOGS;
	}
	end->span.chans = end->chans;
	end->span.channels = WIRES;
	end->span.deflaw = DAHDI_LAW_ALAW;
	end->span.spantype = SPANTYPE_ANALOG_MIXED;
	end->span.flags = DAHDI_FLAG_RBS;
	end->span.ops = &span_ops;
	list_add_tail(&end->span.device_node, &bench->ddev->spans);
}

static int virtual_probe(struct platform_device *device)
{
	struct bench *bench = kzalloc(sizeof(*bench), GFP_KERNEL);
	int failed;

	if (!bench)
		return -ENOMEM;
	bench->ddev = dahdi_create_device();
	if (!bench->ddev) {
		kfree(bench);
		return -ENOMEM;
	}
	bench->dice = 1;
	bench->ddev->manufacturer = "test bench";
	bench->ddev->devicetype = "virtual analogue card";
	bench->ddev->hardware_id = "virtual";
	bench->ddev->location = kstrdup("nowhere", GFP_KERNEL);
	make_end(bench, &bench->board, "board");
	make_end(bench, &bench->exchange, "exchange");
	failed = dahdi_register_device(bench->ddev, &device->dev);
	if (failed) {
		dahdi_free_device(bench->ddev);
		kfree(bench);
		return failed;
	}
	platform_set_drvdata(device, bench);
	hrtimer_init(&bench->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	bench->timer.function = tick;
	hrtimer_start(&bench->timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	return 0;
}

/* Unbinding the device in sysfs pulls the card. */
static int virtual_remove(struct platform_device *device)
{
	struct bench *bench = platform_get_drvdata(device);

	hrtimer_cancel(&bench->timer);
	dahdi_unregister_device(bench->ddev);
	kfree(bench->ddev->location);
	dahdi_free_device(bench->ddev);
	kfree(bench);
	return 0;
}

static struct platform_driver virtual_driver = {
	.probe = virtual_probe,
	.remove = virtual_remove,
	.driver = { .name = "virtual_board" },
};

static struct platform_device *virtual_device;

static int __init virtual_init(void)
{
	int failed = platform_driver_register(&virtual_driver);

	if (failed)
		return failed;
	virtual_device = platform_device_register_simple("virtual_board", 0, NULL, 0);
	if (IS_ERR(virtual_device)) {
		platform_driver_unregister(&virtual_driver);
		return PTR_ERR(virtual_device);
	}
	return 0;
}

static void __exit virtual_exit(void)
{
	platform_device_unregister(virtual_device);
	platform_driver_unregister(&virtual_driver);
}

module_init(virtual_init);
module_exit(virtual_exit);
MODULE_DESCRIPTION("Virtual analogue DAHDI card for tests");
MODULE_LICENSE("GPL");

#include "estimate/estimate.h"

#include <math.h>
#include <string.h>

/* Values of `answer` beside label indices. */
enum { ANSWER_UNKNOWN = -1, ANSWER_SILENCE = -2 };

/* Sound to hear before the first answer; less says little about a genre. */
static const double first_answer_s = 1;

static const double least_wait_s = GENRE_LEAST_WAIT_MS / 1e3;

/* The longest that a confident answer waits to take the place of "unknown". */
static const double doubt_s = 1;

/* A genre that is named gives way only to one whose score is this much higher, and to "unknown"
 * only this far under the threshold: what is shown changes 40 % less often for it, and is right as
 * often (measured on held-out clips; models/LOG.md). */
static const float lead = 0.15f, doubt = 0.05f;

/* For this long after sound began later frames count more than earlier ones. */
static const double early_s = 20;

/* After a silence of this length another piece is taken to begin. */
static const double forget_s = 2;

GenreSettings genre_settings_default(void) {
    return (GenreSettings){.interval_s = 2,
                           .smoothing_s = 5,
                           .hold_s = 1,
                           .unknown_below = 0.3f,
                           .silence_db = -70,
                           .silence_s = 0.5f};
}

const char *genre_state_name(GenreState state) {
    switch (state) {
    case GENRE_STATE_SILENCE:
        return "silence";
    case GENRE_STATE_UNKNOWN:
        return "unknown";
    case GENRE_STATE_MUSIC:
        return "music";
    }
    return "unknown";
}

static float clamp(float value, float low, float high, float fallback) {
    return isnan(value) ? fallback : value < low ? low : value > high ? high : value;
}

void genre_estimator_configure(GenreEstimator *estimator, const GenreSettings *settings) {
    const GenreSettings d = genre_settings_default();
    const GenreSettings s = settings ? *settings : d;
    estimator->settings = (GenreSettings){
        .interval_s = clamp(s.interval_s, 0.1f, 3600, d.interval_s),
        .smoothing_s = clamp(s.smoothing_s, 0, INFINITY, d.smoothing_s),
        .hold_s = clamp(s.hold_s, 0, 60, d.hold_s),
        .unknown_below = clamp(s.unknown_below, 0, 1, d.unknown_below),
        .silence_db = clamp(s.silence_db, -120, 0, d.silence_db),
        .silence_s = clamp(s.silence_s, 0, 60, d.silence_s),
    };
}

/* Score of every label where nothing is heard. */
static float score_of_nothing(const GenreEstimator *estimator) {
    return estimator->independent ? 0 : 1.0f / (float)estimator->latest.n_labels;
}

/* Probability that what is heard is no music. */
static float not_music(const GenreEstimator *estimator) {
    const int n = estimator->latest.n_labels;
    return n < estimator->n_outputs ? estimator->mean[n] : 0;
}

/* The labels' scores, which sum to 1 (unless independent): what belongs to no music is shared out
 * among them all, so that they become the ones of silence the surer it is that there is none. */
static void share_out(const GenreEstimator *estimator, float *scores) {
    const int n = estimator->latest.n_labels;
    const float more = not_music(estimator) / (float)n;
    for (int i = 0; i < n; i++)
        scores[i] = estimator->mean[i] + more;
}

static void forget_scores(GenreEstimator *estimator) {
    memset(estimator->mean, 0, sizeof estimator->mean);
    for (int i = 0; i < estimator->latest.n_labels; i++)
        estimator->mean[i] = score_of_nothing(estimator);
    estimator->n_heard = estimator->n_waiting = estimator->n_anew = 0;
}

void genre_estimator_init(GenreEstimator *estimator, const GenreModel *model, double period_s) {
    *estimator = (GenreEstimator){.calibration = &model->calibration,
                                  .independent = model->independent,
                                  .n_outputs = genre_model_n_outputs(model),
                                  .period_s = period_s};
    estimator->latest.n_labels = model->n_labels;
    genre_estimator_configure(estimator, NULL);
    genre_estimator_reset(estimator);
}

void genre_estimator_reset(GenreEstimator *estimator) {
    const int n = estimator->latest.n_labels;
    estimator->n_silent = 0;
    estimator->silent = true; /* until something sounds */
    estimator->n_leading = estimator->n_held = estimator->n_since_last = 0;
    estimator->answer = estimator->challenger = ANSWER_SILENCE;
    forget_scores(estimator);
    estimator->latest =
        (GenreEstimate){.state = GENRE_STATE_SILENCE, .genre = -1, .level_db = -120, .n_labels = n};
    share_out(estimator, estimator->latest.scores);
    estimator->last_music = estimator->latest;
}

GenreFrameKind genre_estimator_gate(GenreEstimator *estimator, float level_db) {
    const double silent_s = (double)estimator->n_silent * estimator->period_s;
    if (level_db < estimator->settings.silence_db) {
        estimator->n_silent++;
        estimator->silent |= silent_s + estimator->period_s >= estimator->settings.silence_s;
        return estimator->silent ? GENRE_FRAME_SILENT : GENRE_FRAME_SOUND;
    }
    const bool was_silent = estimator->silent;
    estimator->n_silent = 0;
    estimator->silent = false;
    if (!was_silent || silent_s < forget_s)
        return GENRE_FRAME_SOUND;
    forget_scores(estimator);
    return GENRE_FRAME_ONSET;
}

static int leader(const GenreEstimator *estimator) {
    int best = 0;
    for (int i = 1; i < estimator->latest.n_labels; i++)
        if (estimator->mean[i] > estimator->mean[best])
            best = i;
    return best;
}

/* Scores that logits stand for, divided by a temperature: a softmax, or a sigmoid each. False where
 * they are no numbers. */
static bool score(const GenreEstimator *estimator, const float *logits, float temperature,
                  float *scores) {
    const int n = estimator->n_outputs;
    const float scale = 1 / temperature;
    float top = logits[0], sum = 0;
    for (int i = 1; i < n; i++)
        top = logits[i] > top ? logits[i] : top;
    for (int i = 0; i < n; i++)
        sum += scores[i] = estimator->independent ? 1 / (1 + expf(-logits[i] * scale))
                                                  : expf((logits[i] - top) * scale);
    for (int i = 0; i < n && !estimator->independent; i++)
        scores[i] /= sum;
    return isfinite(sum);
}

/* Adds the calibrated scores of the frame, and of those that waited for it, to the running mean.
 * In the end that has the smoothing's time constant; before as much was heard it is the mean of all
 * frames. During the first while the later count more, as a network that has heard little knows
 * little: measured on held-out clips, a plain mean is 2 points less often right after 3 to 5 s. */
static void smooth(GenreEstimator *estimator, const float *logits, uint64_t n_frames) {
    const int n = estimator->n_outputs;
    const bool anew = estimator->n_anew > 0;
    const uint64_t n_heard = anew ? estimator->n_anew + n_frames : estimator->n_heard;
    const float heard_s = (float)((double)n_heard * estimator->period_s);
    float scores[GENRE_MAX_LABELS];
    if (!score(estimator, logits, genre_calibration_at(estimator->calibration, heard_s), scores))
        return; /* a model whose weights overflow knows nothing */
    const double decayed = estimator->period_s / estimator->settings.smoothing_s;
    const double even = (heard_s < early_s ? 4 : 1) / (double)n_heard;
    double share_of_one = fmin(1, fmax(decayed, even));
    if (n_frames == n_heard || anew)
        share_of_one = 1; /* nothing came before, or nothing that counts */
    else if (n_frames > 1)
        share_of_one = 1 - pow(1 - share_of_one, (double)n_frames);
    const float share = (float)share_of_one;
    estimator->n_heard = n_heard;
    estimator->n_anew = 0;
    float total = 0;
    for (int i = 0; i < n; i++)
        total += estimator->mean[i] += share * (scores[i] - estimator->mean[i]);
    /* Without this the rounding of a million frames adds up to a sum that is visibly not 1. */
    for (int i = 0; i < n && !estimator->independent; i++)
        estimator->mean[i] /= total;
}

/* Whether n frames last for `time_s`, with half a frame of tolerance: else an interval of 2 s would
 * turn into 2 s and a frame. */
static bool lasts(const GenreEstimator *estimator, uint64_t n, double time_s) {
    return ((double)n + 0.5) * estimator->period_s >= time_s;
}

/* What would be answered if nothing had to last. */
static int wanted_answer(const GenreEstimator *estimator) {
    const int best = leader(estimator), answer = estimator->answer;
    const bool holds = answer >= 0 && estimator->settings.hold_s > 0;
    const float top = estimator->mean[best], trusted = top + (holds ? doubt : 0);
    if (estimator->silent)
        return ANSWER_SILENCE;
    if ((double)estimator->n_heard * estimator->period_s < first_answer_s ||
        trusted < estimator->settings.unknown_below || trusted < not_music(estimator))
        return ANSWER_UNKNOWN;
    return holds && top < estimator->mean[answer] + lead ? answer : best;
}

/* Moves `answer` towards what is wanted; true where it changed. Silence comes and goes at once, as
 * the gate has its own delay, and so does the first name after it. */
static bool decide(GenreEstimator *estimator) {
    const int wanted = wanted_answer(estimator);
    estimator->n_held++;
    if (wanted == estimator->answer) {
        estimator->n_leading = 0;
        return false;
    }
    estimator->n_leading = wanted == estimator->challenger ? estimator->n_leading + 1 : 1;
    estimator->challenger = wanted;
    const bool fresh = (double)(estimator->n_heard - 1) * estimator->period_s < first_answer_s;
    /* To hold on to "unknown" for long would keep back what is known. */
    const double hold_s = estimator->answer == ANSWER_UNKNOWN
                              ? fmin(estimator->settings.hold_s, doubt_s)
                              : estimator->settings.hold_s;
    if (wanted != ANSWER_SILENCE && estimator->answer != ANSWER_SILENCE && !fresh &&
        (double)estimator->n_leading * estimator->period_s < hold_s)
        return false;
    estimator->answer = wanted;
    estimator->n_leading = estimator->n_held = 0;
    return true;
}

static void publish(GenreEstimator *estimator, float level_db, double time_s) {
    GenreEstimate *latest = &estimator->latest;
    const int answer = estimator->answer;
    latest->sequence++;
    latest->time_s = time_s;
    latest->heard_s = (float)((double)estimator->n_heard * estimator->period_s);
    latest->held_s = (float)((double)estimator->n_held * estimator->period_s);
    latest->level_db = level_db;
    latest->state = answer == ANSWER_SILENCE   ? GENRE_STATE_SILENCE
                    : answer == ANSWER_UNKNOWN ? GENRE_STATE_UNKNOWN
                                               : GENRE_STATE_MUSIC;
    latest->genre = answer >= 0 ? answer : -1;
    if (answer == ANSWER_SILENCE) {
        for (int i = 0; i < latest->n_labels; i++)
            latest->scores[i] = score_of_nothing(estimator);
        latest->confidence = 0;
    } else {
        share_out(estimator, latest->scores);
        latest->confidence = latest->scores[answer >= 0 ? answer : leader(estimator)];
    }
    if (answer >= 0)
        estimator->last_music = *latest;
    estimator->n_since_last = 0;
}

/* After a frame: renews the answer, and the estimate where that is due. */
static void settle(GenreEstimator *estimator, float level_db, double time_s) {
    const bool changed = decide(estimator);
    estimator->n_since_last++;
    /* Before anything can be said there is nothing to publish: the first estimate is the first
     * answer, or that it is silent. */
    const bool nothing_yet = estimator->latest.sequence == 0;
    const bool too_early = nothing_yet && !estimator->silent &&
                           (double)estimator->n_heard * estimator->period_s < first_answer_s;
    const bool due = lasts(estimator, estimator->n_since_last, estimator->settings.interval_s);
    if (!too_early && (changed || due || nothing_yet))
        publish(estimator, level_db, time_s);
}

void genre_estimator_push(GenreEstimator *estimator, const float *logits, float level_db,
                          double time_s) {
    if (logits) {
        estimator->n_heard++;
        smooth(estimator, logits, estimator->n_waiting + 1);
        estimator->n_waiting = 0;
    }
    settle(estimator, level_db, time_s);
}

void genre_estimator_wait(GenreEstimator *estimator, float level_db, double time_s) {
    estimator->n_heard++;
    estimator->n_waiting++;
    settle(estimator, level_db, time_s);
}

bool genre_estimator_wants(const GenreEstimator *estimator) {
    if ((double)(estimator->n_heard + 1) * estimator->period_s < first_answer_s)
        return false;
    if (estimator->n_waiting == estimator->n_heard)
        return true; /* the first answer */
    return lasts(estimator, estimator->n_waiting + 1, least_wait_s) &&
           lasts(estimator, estimator->n_since_last + 1, estimator->settings.interval_s);
}

bool genre_estimator_is_behind(const GenreEstimator *estimator, uint64_t n_behind) {
    return lasts(estimator, n_behind, fmax(estimator->settings.interval_s, least_wait_s));
}

void genre_estimator_put_off(GenreEstimator *estimator) {
    estimator->n_heard++;
    estimator->n_waiting++;
    estimator->n_held++;
    estimator->n_since_last++;
}

void genre_estimator_catch_up(GenreEstimator *estimator, const float *logits) {
    if (estimator->n_waiting > 0)
        smooth(estimator, logits, estimator->n_waiting);
    estimator->n_waiting = 0;
}

void genre_estimator_begin_again(GenreEstimator *estimator, uint64_t n_frames) {
    if (isinf(estimator->settings.smoothing_s)) /* all is to count alike */
        return;
    /* There is a name already, which is not to be taken away as if there had been too little. */
    const double least = ceil(first_answer_s / estimator->period_s);
    estimator->n_anew = (uint64_t)fmin((double)estimator->n_heard, fmax((double)n_frames, least));
}

void genre_estimator_finish(GenreEstimator *estimator, float level_db, double time_s) {
    const bool no_frame_came = estimator->silent && estimator->n_silent == 0;
    if (no_frame_came && level_db >= estimator->settings.silence_db)
        estimator->answer = ANSWER_UNKNOWN;
    if (estimator->answer == ANSWER_SILENCE && estimator->last_music.sequence > 0) {
        const uint64_t sequence = estimator->latest.sequence + 1;
        estimator->latest = estimator->last_music;
        estimator->latest.sequence = sequence;
        estimator->latest.time_s = time_s;
    } else {
        publish(estimator, level_db, time_s);
    }
}

#include "learn/loss.h"

#include <math.h>

static void softmax(const float *logits, int n, float *p) {
    float top = logits[0], sum = 0;
    for (int i = 1; i < n; i++)
        top = logits[i] > top ? logits[i] : top;
    for (int i = 0; i < n; i++)
        sum += p[i] = expf(logits[i] - top);
    for (int i = 0; i < n; i++)
        p[i] /= sum;
}

static double cross_entropy(const float *logits, const float *targets, const float *weights, int n,
                            float scale, float *dlogits) {
    float p[n], total = weights ? 0 : 1;
    double loss = 0;
    softmax(logits, n, p);
    for (int i = 0; i < n; i++)
        total += weights ? targets[i] * weights[i] : 0;
    for (int i = 0; i < n; i++) {
        const float target = targets[i] * (weights ? weights[i] : 1);
        if (target > 0)
            loss -= target * log(p[i] > 1e-30f ? p[i] : 1e-30f);
        if (dlogits)
            dlogits[i] += scale * (total * p[i] - target);
    }
    return loss;
}

/* log(1 + exp(x)) without overflow. */
static double softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double binary_cross_entropy(const float *logits, const float *targets, const float *weights,
                                   int n, float scale, float *dlogits) {
    double loss = 0;
    for (int i = 0; i < n; i++) {
        const double yes = targets[i] * (weights ? weights[i] : 1), no = 1 - targets[i];
        const double s = 1 / (1 + exp(-(double)logits[i]));
        loss += yes * softplus(-logits[i]) + no * softplus(logits[i]);
        if (dlogits)
            dlogits[i] += scale / (float)n * (float)(no * s - yes * (1 - s));
    }
    return loss / n;
}

double loss_at(bool independent, const float *logits, const float *targets, const float *weights,
               int n, float scale, float *dlogits) {
    return independent ? binary_cross_entropy(logits, targets, weights, n, scale, dlogits)
                       : cross_entropy(logits, targets, weights, n, scale, dlogits);
}

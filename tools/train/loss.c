#include "loss.h"

#include <math.h>

void loss_softmax(const float *logits, int n, float temperature, float *p) {
    float top = logits[0], sum = 0;
    for (int i = 1; i < n; i++)
        top = logits[i] > top ? logits[i] : top;
    for (int i = 0; i < n; i++)
        sum += p[i] = expf((logits[i] - top) / temperature);
    for (int i = 0; i < n; i++)
        p[i] /= sum;
}

double loss_cross_entropy(const float *logits, const float *targets, int n, float scale,
                          float *dlogits) {
    float p[n];
    double loss = 0;
    loss_softmax(logits, n, 1, p);
    for (int i = 0; i < n; i++) {
        if (targets[i] > 0)
            loss -= targets[i] * log(p[i] > 1e-30f ? p[i] : 1e-30f);
        if (dlogits)
            dlogits[i] += scale * (p[i] - targets[i]);
    }
    return loss;
}

using Upstride.Imaging;
using Upstride.Threading;

namespace Upstride.Models.Inference;

/// <summary>The last stage: rows become samples, made by all threads, and are handed on in their order.</summary>
internal sealed class PictureWriter(PictureFormat format, int threads, RowTarget target) : IRowStage
{
    private readonly List<ImageBuffer> _rows = [];
    private readonly int _length = format.Channels * format.Width;

    public void Push(float[] rows, int count)
    {
        while (_rows.Count < count) _rows.Add(new(format with { Height = 1 }));
        ParallelLoop.Run(Math.Min(threads, count), threads, worker =>
        {
            for (int row = worker; row < count; row += threads) Make(_rows[row], rows.AsSpan(row * _length, _length));
        });
        for (int row = 0; row < count; row++) target(_rows[row].Bytes);
    }

    public void Restart()
    {
    }

    public void Dispose()
    {
    }

    private void Make(ImageBuffer row, Span<float> planes)
    {
        if (format.HasAlpha)
        {
            Alpha.Limit(planes[^format.Width..]);
            Alpha.Divide(planes, format.Width);
        }
        row.CopyFromPlanes(planes);
    }
}

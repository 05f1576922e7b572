namespace Upstride.Models.Data;

/// <summary>Paints leaves on a plane, each over what lies there.</summary>
/// <param name="width">Columns.</param>
/// <param name="height">Rows.</param>
/// <param name="levels">[height, width], painted in place.</param>
internal readonly struct LeafCanvas(int width, int height, float[] levels)
{
    /// <summary>Paints everything, as from the picture's middle.</summary>
    public void Fill(LeafPaint paint)
    {
        for (int row = 0, i = 0; row < height; row++)
            for (int column = 0; column < width; column++, i++) levels[i] = (float)paint.At(column - width / 2.0, row - height / 2.0);
    }

    /// <summary>Paints a leaf.</summary>
    public void Paint(Leaf leaf)
    {
        double reach = leaf.Reach;
        int top = (int)Math.Max(0, leaf.Y - reach), bottom = (int)Math.Min(height - 1, leaf.Y + reach);
        int left = (int)Math.Max(0, leaf.X - reach), right = (int)Math.Min(width - 1, leaf.X + reach);
        for (int row = top; row <= bottom; row++)
            for (int column = left; column <= right; column++)
            {
                double x = column + 0.5 - leaf.X, y = row + 0.5 - leaf.Y, cover = leaf.Cover(x, y);
                if (cover <= 0) continue;
                ref float level = ref levels[row * width + column];
                level += (float)(cover * (Math.Clamp(leaf.Paint.At(x, y), 0, LumaPlane.Peak) - level));
            }
    }
}

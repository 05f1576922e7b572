using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

internal sealed unsafe partial class TapWeightGradient<T>
{
    private sealed partial class Execution
    {
        /// <summary>
        /// Lays out what a block's vectors read: [image][row of axis 0][row of axis 1][column][channel], zeros where there is nothing.
        /// </summary>
        private void FillPanel(in Block block, int group, int panel, T* buffer)
        {
            TapWeightGradientSchedule schedule = _plan._schedule;
            bool input = schedule.VectorsOfInput;
            (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (_plan._axes[0], _plan._axes[1], _plan._axes[2]);
            ActivationStrides strides = input ? _plan._input : _plan._output;
            int firstChannel = panel * schedule.Panel;
            int channels = Math.Min(schedule.Panel, schedule.VectorChannels - firstChannel);
            T* tensor = (input ? Left : Right) + ((nint)group * schedule.VectorChannels + firstChannel) * strides.Channel;
            nint width = (nint)schedule.PanelWidth * schedule.Panel;

            // Along each axis, element p of the panel is element p + shift of the tensor.
            (int shift0, int end0) = input ? (block.First0, a0.Input) : (a0.OutputOf(block.First0, 0), a0.Output);
            (int shift1, int end1) = input ? (block.First1, a1.Input) : (a1.OutputOf(block.First1, 0), a1.Output);
            (int shift2, int end2) = input ? (block.First2, a2.Input) : (a2.OutputOf(block.First2, 0), a2.Output);
            int first = Math.Clamp(-shift2, 0, schedule.PanelWidth);
            int end = Math.Clamp(end2 - shift2, first, schedule.PanelWidth);
            for (int n = 0; n < block.Images; n++)
            for (int p0 = 0; p0 < schedule.PanelDepth; p0++)
            for (int p1 = 0; p1 < schedule.PanelHeight; p1++, buffer += width)
            {
                (int s0, int s1) = (p0 + shift0, p1 + shift1);
                if ((uint)s0 >= (uint)end0 || (uint)s1 >= (uint)end1 || end == first)
                {
                    RowCopy.Clear(buffer, 1, width);
                    continue;
                }
                RowCopy.Clear(buffer, 1, (nint)first * schedule.Panel);
                RowCopy.Clear(buffer + (nint)end * schedule.Panel, 1, (nint)(schedule.PanelWidth - end) * schedule.Panel);
                T* from = tensor + (block.Image + n) * strides.Image + s0 * strides.Depth + s1 * strides.Height
                    + (shift2 + first) * strides.Width;
                T* to = buffer + (nint)first * schedule.Panel;
                RowCopy.Transpose(from, strides.Channel, strides.Width, to, schedule.Panel, channels, end - first, strides.Height);
                for (int p = 0; channels < schedule.Panel && p < end - first; p++)
                    RowCopy.Clear(to + (nint)p * schedule.Panel + channels, 1, schedule.Panel - channels);
            }
        }

        /// <summary>Packs the rows of one tile in the order in which the register tile reads them: [row of places][column][row].</summary>
        private void PackRows(in Block block, int group, int firstRow, int rows, T* packed)
        {
            TapWeightGradientSchedule schedule = _plan._schedule;
            (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (_plan._axes[0], _plan._axes[1], _plan._axes[2]);
            if (!schedule.VectorsOfInput)
            {
                T* channels =
                    Left + ((nint)group * schedule.RowChannels + firstRow) * _plan._input.Channel + block.First2 * _plan._input.Width;
                int place = 0;
                for (int n = 0; n < block.Images; n++)
                for (int i0 = 0; i0 < block.Count0; i0++)
                for (int i1 = 0; i1 < block.Count1; i1++, place++)
                {
                    T* from = channels + (block.Image + n) * _plan._input.Image + (block.First0 + i0) * _plan._input.Depth
                        + (block.First1 + i1) * _plan._input.Height;
                    RowCopy.Transpose(
                        from, _plan._input.Channel, _plan._input.Width, packed + (nint)place * block.Count2 * rows, rows, rows,
                        block.Count2, _plan._input.Height);
                }
                return;
            }
            for (int r = 0; r < rows; r++)
            {
                // A row is a channel of the output as a tap sees it.
                int row = firstRow + r;
                (int channelOfRow, int tap) = (row / schedule.Taps, row % schedule.Taps);
                (int t0, int t1, int t2) = (tap / (a1.Kernel * a2.Kernel), tap / a2.Kernel % a1.Kernel, tap % a2.Kernel);
                T* output = Right + ((nint)group * schedule.RowChannels + channelOfRow) * _plan._output.Channel;
                (int low, int high) = a2.InputsThrough(t2);
                low = Math.Clamp(low - block.First2, 0, block.Count2);
                high = Math.Clamp(high - block.First2, low, block.Count2);
                int at = 0;
                for (int n = 0; n < block.Images; n++)
                for (int i0 = 0; i0 < block.Count0; i0++)
                for (int i1 = 0; i1 < block.Count1; i1++, at++)
                {
                    (int o0, int o1) = (a0.OutputOf(block.First0 + i0, t0), a1.OutputOf(block.First1 + i1, t1));
                    T* to = packed + (nint)at * block.Count2 * rows + r;
                    nint step = rows;
                    bool inside = (uint)o0 < (uint)a0.Output && (uint)o1 < (uint)a1.Output && high > low;
                    (int from, int end) = inside ? (low, high) : (0, 0);
                    RowCopy.Clear(to, step, from);
                    RowCopy.Clear(to + end * step, step, block.Count2 - end);
                    if (!inside) continue;
                    T* seen = output + (block.Image + n) * _plan._output.Image + o0 * _plan._output.Depth + o1 * _plan._output.Height
                        + a2.OutputOf(block.First2 + from, t2) * _plan._output.Width;
                    RowCopy.Copy(seen, _plan._output.Width * a2.Stride, to + from * step, step, end - from);
                }
            }
        }

        /// <summary>Writes an item's sums to [input channels, output channels of a group, taps].</summary>
        private void StoreGradient(int group, int panel, int range, T* result)
        {
            TapWeightGradientSchedule schedule = _plan._schedule;
            (int firstRow, int rows) = (schedule.RowRanges[range].Start, schedule.RowRanges[range].Length);
            int firstChannel = panel * schedule.Panel;
            int channels = Math.Min(schedule.Panel, schedule.VectorChannels - firstChannel);
            nint input = (nint)schedule.OutputChannels * schedule.Taps;
            T* gradient = Destination + (nint)group * schedule.InputChannels * input;
            if (schedule.VectorsOfInput)
            {
                for (int r = 0; r < rows; r++, result += schedule.Panel)
                    RowCopy.Copy(result, 1, gradient + firstChannel * input + firstRow + r, input, channels);
                return;
            }

            // [tap][row][channel] to [row][channel][tap]: of each row a square of taps and channels at a time.
            T** taps = stackalloc T*[Math.Min(schedule.Taps, TapWeightGradientSchedule.MaxTaps)];
            for (int r = 0; r < rows; r++, result += schedule.Panel)
            {
                T* to = gradient + (firstRow + r) * input + (nint)firstChannel * schedule.Taps;
                nint tap = (nint)rows * schedule.Panel;
                if (schedule.Taps is 1 or > TapWeightGradientSchedule.MaxTaps)
                {
                    for (int t = 0; t < schedule.Taps; t++) RowCopy.Copy(result + t * tap, 1, to + t, schedule.Taps, channels);
                    continue;
                }
                for (int first = 0; first < channels; first += Interleaving.Lanes)
                {
                    for (int t = 0; t < schedule.Taps; t++) taps[t] = result + t * tap + first;
                    Interleaving.TransposeToRows(taps, schedule.Taps, to + (nint)first * schedule.Taps, schedule.Taps,
                        Math.Min(Interleaving.Lanes, channels - first));
                }
            }
        }
    }
}

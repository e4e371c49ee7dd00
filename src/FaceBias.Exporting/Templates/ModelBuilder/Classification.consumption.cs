// Written by facebias {{version}} in the shape of ML.NET Model Builder.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.ML;
using Microsoft.ML.Data;
namespace {{namespace}}
{
    public partial class {{name}}
    {
        /// <summary>
        /// model input class for {{name}}.
        /// </summary>
        #region model input class
        public class ModelInput
        {
            [LoadColumn(0)]
            [ColumnName(@"ImageSource")]
            public string ImageSource { get; set; }

            [LoadColumn(1)]
            [ColumnName(@"Label")]
            public string Label { get; set; }

        }

        #endregion

        /// <summary>
        /// model output class for {{name}}: {{targettext}}. {{note}}
        /// </summary>
        #region model output class
        public class ModelOutput
        {
            /// <summary>Probabilities in the order of <see cref="Labels"/>.</summary>
            [ColumnName(@"Score")]
            public float[] Score { get; set; }

            public string Prediction => Labels[Array.IndexOf(Score, Score.Max())];

        }

        #endregion

        /// <summary>The classes, in the order of the scores.</summary>
        public static readonly string[] Labels = { {{labels}} };

{{shared}}
        /// <summary>
        /// Use this method to predict the scores of all labels, highest first.
        /// </summary>
        public static IOrderedEnumerable<KeyValuePair<string, float>> PredictAllLabels(ModelInput input)
        {
            return GetSortedScoresWithLabels(Predict(input));
        }

        /// <summary>
        /// Map the unlabeled result score array to the predicted label names.
        /// </summary>
        public static IOrderedEnumerable<KeyValuePair<string, float>> GetSortedScoresWithLabels(ModelOutput result)
        {
            return Labels.Zip(result.Score, (label, score) => new KeyValuePair<string, float>(label, score)).OrderByDescending(p => p.Value);
        }
    }
}

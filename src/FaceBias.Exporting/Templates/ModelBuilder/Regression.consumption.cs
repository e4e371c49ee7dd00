// Written by facebias {{version}} in the shape of ML.NET Model Builder.
using System;
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
            public float Label { get; set; }

        }

        #endregion

        /// <summary>
        /// model output class for {{name}}: {{targettext}}. {{note}}
        /// </summary>
        #region model output class
        public class ModelOutput
        {
            /// <summary>One number.</summary>
            [ColumnName(@"Score")]
            public float[] Score { get; set; }

            public float Prediction => Score[0];

        }

        #endregion

{{shared}}    }
}
